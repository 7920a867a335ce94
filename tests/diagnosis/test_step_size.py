"""Steps that are too large or too small."""

import math

import pytest
from histories import classifier, falling, flat, kinds, only, run, weights


@pytest.mark.parametrize(("ratio", "too_large"), [(0.51, True), (0.49, False)])
def test_a_huge_first_step_counts_where_no_loss_is_known(ratio: float, too_large: bool) -> None:
    history = run(looks=3, parameters=weights(3, norm=1.0, update_ratio=[ratio, 0.01, 0.01]))
    assert kinds(history) == ["learning rate too large"] * too_large


def test_a_huge_first_step_is_forgiven_if_the_loss_falls() -> None:
    parameters = weights(norm=1.0, update_ratio=[2.0] + [0.01] * 39)
    assert kinds(run(falling(), parameters=parameters)) == []
    assert kinds(run(flat(), parameters=parameters)) == ["learning rate too large"]


@pytest.mark.parametrize(("ratio", "too_large"), [(0.11, True), (0.09, False)])
def test_large_steps_that_do_not_lower_the_loss_are_too_large(ratio: float, too_large: bool) -> None:
    history = run(flat(), parameters=weights(norm=1.0, update_ratio=[0.01] * 5 + [ratio] * 35))
    assert kinds(history) == ["learning rate too large"] * too_large
    assert not too_large or only(history).step == 5


def test_a_loss_that_grows_tenfold_diverges() -> None:
    assert only(run([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])).kind == "learning rate too large"
    assert kinds(run([1.0, 1.1, 1.2, 1.5, 1.2, 1.8, 1.3])) == []


def test_the_loss_at_the_start_is_told_as_it_was() -> None:
    parameters = weights(8, norm=1.0, update_ratio=[0.01] * 4 + [0.9] * 4)
    found = only(run([1.45, 3.0, 5.0, 1e3, 1e6, 1e9, 1e12, 1e12], parameters=parameters))
    assert found.evidence.startswith("The loss is 1e+12 after 1.45 at the start, and a step")


def test_what_grew_before_it_broke_was_a_learning_rate() -> None:
    finding = only(run([2.3, 40.0, 1e6, math.nan, math.nan]))
    assert (finding.kind, finding.step) == ("learning rate too large", 1)
    assert [own.kind for own in finding.consequences] == ["not finite"]


@pytest.mark.parametrize(("largest", "kind"), [(1e25, "learning rate too large"), (1.0, "not finite")])
def test_a_loss_that_is_infinite_at_the_second_look_is_told_by_what_else_grew(largest: float, kind: str) -> None:
    """As with squared errors, which are out of reach of float32 earlier than the outputs are."""
    outputs = {"out": {"abs_max": [0.5, largest, largest], "finite_fraction": [1.0] * 3}}
    assert only(run([0.5, math.inf, math.inf], outputs=outputs)).kind == kind


def test_weights_that_were_broken_from_the_start_were_no_learning_rate() -> None:
    history = run(looks=3, parameters=weights(3, norm=math.inf, update_ratio=math.nan))
    assert only(history).kind == "not finite" and "before the first step" in only(history).advice


@pytest.mark.parametrize(("ratio", "too_small"), [(0.9e-4, True), (1.1e-4, False)])
def test_tiny_steps_of_a_network_that_knows_nothing_are_too_small(ratio: float, too_small: bool) -> None:
    parameters = weights(norm=1.0, update_ratio=ratio)
    assert kinds(run(flat(), parameters=parameters, answer=classifier())) == ["learning rate too small"] * too_small


def test_tiny_steps_of_a_trained_network_are_its_business() -> None:
    parameters = weights(norm=1.0, update_ratio=1e-6)
    assert kinds(run([0.01] * 40, parameters=parameters, answer=classifier())) == []
    assert kinds(run([0.01] * 40, parameters=parameters, answer={"std": [1.0] * 40, "units": [1.0] * 40})) == []
    assert kinds(run([1.0] * 40, parameters=parameters)) == []


def test_a_regression_whose_answers_hardly_vary_knows_nothing() -> None:
    answer = {"std": [0.1] * 40, "units": [1.0] * 40}
    history = run([1.0] * 40, parameters=weights(norm=1.0, update_ratio=1e-6), answer=answer)
    assert kinds(history) == ["learning rate too small"]


@pytest.mark.parametrize(("losses", "found"), [([2.3] * 2 + [8.0] * 2, False), ([2.3] * 6 + [8.0] * 6, True)])
def test_a_few_losses_may_rise_by_chance(losses: list[float], found: bool) -> None:
    """A sound residual network with batch normalization did so in its first steps."""
    looks = len(losses)
    parameters = weights(looks, norm=1.0, update_ratio=0.11)
    assert kinds(run(losses, parameters=parameters)) == ["learning rate too large"] * found


@pytest.mark.parametrize(("looks", "found"), [(99, False), (100, True)])
def test_less_than_usual_is_too_small_if_nothing_has_come_of_it_for_long(looks: int, found: bool) -> None:
    parameters = weights(looks, norm=1.0, update_ratio=5e-4)
    history = run(flat(looks), parameters=parameters, answer=classifier(looks=looks))
    assert kinds(history) == ["learning rate too small"] * found


def test_the_gradient_of_a_single_batch_is_no_growth() -> None:
    """As with one sample a step, where the gradient varies tenfold and the loss as well."""
    totals = {"gradient_norm": [0.1] * 39 + [2.0]}
    assert kinds(run([0.1] * 35 + [0.4] * 5, totals=totals)) == []
    assert kinds(run([0.1] * 35 + [0.4] * 5, totals={"gradient_norm": [0.1] * 35 + [2.0] * 5})) != []


@pytest.mark.parametrize(("size", "found"), [(5.1, True), (4.9, False)])
def test_weights_that_large_steps_made_many_times_as_large_are_thrown_away(size: float, found: bool) -> None:
    own = weights(norm=[1.0] + [size] * 39, update_ratio=[0.11] + [0.06] * 39)
    history = run([2.3] * 10 + [1.2] * 30, parameters=own, answer=classifier())
    assert kinds(history) == ["learning rate too large"] * found


def test_a_slow_fall_by_tiny_steps_is_too_small_too() -> None:
    for end, found in ((0.9, True), (0.84, False)):
        own = weights(120, norm=1.0, update_ratio=5e-4)
        history = run([2.3] * 60 + [2.3 * end] * 60, parameters=own, answer=classifier(looks=120))
        assert kinds(history) == ["learning rate too small"] * found
