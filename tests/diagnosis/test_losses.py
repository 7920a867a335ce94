"""Losses that do not fit the answer, rise, or tell of nothing learnt."""

import math
from dataclasses import replace

import pytest
from histories import classifier, falling, flat, kinds, only, run, weights

GUESS = math.log(10)
PROBABILITIES = {"mean": 0.1, "abs_max": 0.6}


def falling_to(end: float, looks: int = 40) -> list[float]:
    return [GUESS + (end - GUESS) * step / (looks - 1) for step in range(looks)]


def test_probabilities_and_a_loss_above_its_floor_mean_softmax_twice() -> None:
    history = run(falling_to(1.6), answer=classifier(**PROBABILITIES))
    assert only(history).kind == "softmax applied twice"
    assert kinds(run(falling_to(1.6), answer=classifier())) == []  # logits
    assert kinds(run(falling_to(1.2), answer=classifier(**PROBABILITIES))) == []  # below ln(e + 9) - 1 = 1.461


def test_log_of_a_softmax_by_hand_is_no_fault() -> None:
    """Its gradient at the right class is 1/(N p), at least 1/N."""
    answer = classifier(**PROBABILITIES, grad_abs_max=10 / 64)
    assert kinds(run(falling_to(1.6), answer=answer)) == []


def test_squared_error_on_probabilities_is_no_fault() -> None:
    assert kinds(run([0.09] * 40, answer=classifier(**PROBABILITIES))) == []


@pytest.mark.parametrize(("answer", "kind"), [({}, "forgotten log-softmax"), (PROBABILITIES, "forgotten log")])
def test_a_gradient_at_one_unit_only_is_a_bare_nll_loss(answer: dict[str, float], kind: str) -> None:
    bare = {"grad_abs_max": 1 / 64, "grad_norm": 1 / 8}
    assert only(run([-0.1] * 40, answer=classifier(**answer, **bare))).kind == kind


def test_nll_loss_of_log_probabilities_is_no_fault() -> None:
    answer = classifier(mean=-2.5, grad_abs_max=1 / 64, grad_norm=1 / 8)
    assert kinds(run(falling(), answer=answer)) == []


def test_a_single_answer_may_have_any_gradient() -> None:
    """As a critic's that an actor climbs."""
    answer = classifier(classes=1, grad_abs_max=1 / 64, grad_norm=1 / 8)
    assert kinds(run([-0.1] * 40, answer=answer)) == []


@pytest.mark.parametrize(
    ("end", "accuracy", "kind"),
    [
        (math.log(math.e + 9) - 0.97, 0.97, "softmax applied twice"),
        (-0.9, 0.9, "forgotten log"),
        (-30.0, 0.9, "forgotten log-softmax"),
    ],
)
def test_losses_alone_tell_the_coding_where_they_level_off(end: float, accuracy: float, kind: str) -> None:
    losses = falling_to(end, 100)[::2] + [end] * 150
    losses = [min(loss, 0.0) for loss in losses] if end < 0 else losses
    assert kinds(run(losses, label_counts=[1.0] * 10, accuracy=accuracy)) == [kind]


def test_a_negative_loss_is_below_its_minimum_only_if_that_is_known() -> None:
    assert kinds(run([-1.0] * 40)) == []
    assert kinds(run([-1.0] * 40, loss_minimum=0.0)) == ["loss below its minimum"]
    assert kinds(run([-1e-7] * 40, loss_minimum=0.0)) == []


def test_a_loss_that_rises_with_usual_steps_is_maximized() -> None:
    rising = [GUESS * 1.05**step for step in range(40)]
    parameters = weights(norm=1.0, update_ratio=0.01)
    assert only(run(rising, answer=classifier(), parameters=parameters)).kind == "rising loss"
    assert only(run([-loss for loss in rising], answer=classifier(), parameters=parameters)).kind == "rising loss"
    assert kinds(run(rising)) != ["rising loss"]  # no classifier


def test_a_likelihood_that_falls_below_0_is_not_maximized() -> None:
    parameters = weights(looks=40, norm=1.0, update_ratio=0.01)
    likelihood = [1.0 - 0.06 * step for step in range(40)]
    assert kinds(run(likelihood, answer=classifier(2, looks=40), parameters=parameters)) == []
    from_chance = [-0.69 - 0.02 * step for step in range(40)]  # -ln 2 is what guessing one of two costs, maximized
    assert kinds(run(from_chance, answer=classifier(2, looks=40), parameters=parameters)) == []


def test_losses_at_every_tenth_step_tell_of_ten() -> None:
    looks = 25
    known = run(flat(looks), answer=classifier(looks=looks), parameters=weights(looks, norm=1.0, update_ratio=1e-2))
    steps = [10 * look for look in range(looks)]
    seldom = replace(known, steps=steps, losses=list(zip(steps, flat(looks), strict=True)))
    assert kinds(known) == [] and kinds(seldom) == ["nothing learnt"]


@pytest.mark.parametrize(("ratio", "found"), [(1e-2, True), (1e-3, False)])
def test_weights_that_travelled_far_and_a_constant_answer_mean_that_nothing_is_learnt(
    ratio: float, found: bool
) -> None:
    history = run(flat(75), answer=classifier(looks=75), parameters=weights(75, norm=1.0, update_ratio=ratio))
    assert kinds(history) == ["nothing learnt"] * found


def test_label_counts_tell_what_a_constant_answer_costs() -> None:
    parameters = weights(75, norm=1.0, update_ratio=1e-2)
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    rare = run([entropy] * 75, label_counts=[900, 100], parameters=parameters)
    assert kinds(rare) == ["nothing learnt"]
    assert kinds(run([0.5 * entropy] * 75, label_counts=[900, 100], parameters=parameters)) == []


def test_a_negative_loss_that_falls_without_end_is_maximized() -> None:
    assert kinds(run([-1.0 * 1.3**step for step in range(40)])) == ["rising loss"]
    assert kinds(run([1.0 - 0.1 * step for step in range(40)])) == []  # a likelihood's


def test_a_cross_entropy_below_zero_is_maximized_at_once() -> None:
    assert kinds(run([-GUESS] * 3, answer=classifier(looks=3, grad_shared=0.1))) == ["rising loss"]
    assert kinds(run([-0.5 * GUESS] * 3, answer=classifier(looks=3))) == []


@pytest.mark.parametrize(("ratio", "found"), [(0.09, True), (0.11, False)])
def test_a_loss_that_climbs_by_usual_steps_from_the_first_on_is_maximized(ratio: float, found: bool) -> None:
    climbs = [1.0 * 1.08**step for step in range(20)]
    assert ("rising loss" in kinds(run(climbs, parameters=weights(20, norm=1.0, update_ratio=ratio)))) == found


@pytest.mark.parametrize(("looks", "found"), [(75, False), (300, True)])
def test_networks_of_sigmoids_may_stay_for_long(looks: int, found: bool) -> None:
    own = weights(looks, norm=1.0, update_ratio=1e-2)
    layers = {"act": "Sigmoid", "out": "Linear 8 → 10"}
    assert (
        kinds(run(flat(looks), answer=classifier(looks=looks), parameters=own, kinds=layers))
        == ["nothing learnt"] * found
    )


@pytest.mark.parametrize(("end", "found"), [(0.94, True), (0.92, False)])
def test_the_little_that_is_learnt_by_heart_is_nothing(end: float, found: bool) -> None:
    own = weights(200, norm=1.0, update_ratio=1e-2)
    losses = [GUESS] * 130 + [end * GUESS] * 70
    assert kinds(run(losses, answer=classifier(looks=200), parameters=own)) == ["nothing learnt"] * found


@pytest.mark.parametrize(("norm", "found"), [(1.0, True), (0.3, False), (3.0, False)])
def test_ln_2_is_what_guessing_costs_if_the_gradient_is_that_of_a_cross_entropy(norm: float, found: bool) -> None:
    known = classifier(2, looks=100, abs_max=2.0, grad_norm=norm * math.sqrt(0.5 / 64))
    history = run([math.log(2)] * 100, answer=known, parameters=weights(100, norm=1.0, update_ratio=1e-2))
    assert (kinds(history) == ["nothing learnt"]) == found
