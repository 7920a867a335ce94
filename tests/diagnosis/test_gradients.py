"""Gradients that vanish or explode from the first look on."""

import pytest
from histories import classifier, falling, flat, gradients, kinds, only, run

from torchdemos.diagnosis import History


@pytest.mark.parametrize(("first", "vanishes"), [(0.9e-3, True), (1.1e-3, False)])
def test_a_thousandth_that_reaches_the_first_layer_counts_while_nothing_is_learnt(first: float, vanishes: bool) -> None:
    norms = gradients(first, 1e-2, 1e-1, 1.0)
    assert kinds(run(flat(), gradients=norms)) == ["vanishing gradient"] * vanishes
    assert kinds(run(falling(), gradients=norms)) == []
    assert kinds(run(gradients=norms)) == []


@pytest.mark.parametrize(("first", "vanishes"), [(0.9e-6, True), (1.1e-6, False)])
def test_a_millionth_counts_at_once(first: float, vanishes: bool) -> None:
    norms = gradients(first, 1e-4, 1e-2, 1.0, looks=1)
    assert kinds(run(looks=1, gradients=norms)) == ["vanishing gradient"] * vanishes


@pytest.mark.parametrize(("first", "explodes"), [(1.1e4, True), (0.9e4, False)])
def test_ten_thousand_times_at_the_first_layer_explodes_at_once(first: float, explodes: bool) -> None:
    norms = gradients(first, 1e2, 1e1, 1.0, looks=1)
    assert kinds(run(looks=1, gradients=norms)) == ["exploding gradient"] * explodes


@pytest.mark.parametrize(("first", "explodes"), [(1.1e3, True), (0.9e3, False)])
def test_a_thousand_times_explodes_while_nothing_is_learnt(first: float, explodes: bool) -> None:
    assert kinds(run(flat(), gradients=gradients(first, 1e2, 1e1, 1.0))) == ["exploding gradient"] * explodes


def test_many_layers_with_a_small_factor_each_are_no_illness() -> None:
    depth = 60
    for factor in (1.2, 1 / 1.2):
        norms = gradients(*(factor ** (depth - place) for place in range(depth)))
        assert kinds(run(gradients=norms)) == []


def test_depth_is_a_path() -> None:
    """An actor whose gradient is small beside a critic's is no gradient that vanishes."""
    norms = gradients(1e-5, 1e-5, 1e-5, 1.0, 1.0, 1.0)
    side_by_side = {"fc0": [], "fc1": ["fc0"], "fc2": ["fc1"], "fc3": [], "fc4": ["fc3"], "fc5": ["fc4"]}
    one_way = side_by_side | {"fc3": ["fc2"]}
    assert kinds(run(flat(), gradients=norms, fed_by=side_by_side)) == []
    assert kinds(run(flat(), gradients=norms, fed_by=one_way)) == ["vanishing gradient"]


def test_the_sickest_way_is_found_beside_a_sound_one() -> None:
    norms = gradients(1e-9, 1e-5, 1.0, 1.0, 1.0)
    ways = {"fc0": [], "fc1": ["fc0"], "fc2": ["fc1"], "fc3": [], "fc4": ["fc3"]}
    assert only(run(looks=3, gradients=gradients(1e-9, 1e-5, 1.0, 1.0, 1.0, looks=3), fed_by=ways)).layer == "fc0"
    assert norms


def test_what_grows_ill_later_has_another_cause() -> None:
    later = {f"fc{i}": {"norm": [1.0] * 30 + [10.0 ** (3 * (i - 3))] * 10} for i in range(4)}
    assert kinds(run(flat(), gradients=later)) == []


@pytest.mark.parametrize(
    ("first", "advice"), [("Sigmoid", "at most a quarter"), ("Tanh", "Xavier"), ("ReLU", "Use He")]
)
def test_of_activations_that_are_as_many_the_first_is_advised_on(first: str, advice: str) -> None:
    others = [kind for kind in ("Sigmoid", "Tanh", "ReLU") if kind != first]
    layers = {}
    for place, kind in enumerate((first, *others)):
        layers |= {f"fc{place}": "Linear 9 → 9", f"activation{place}": kind}
    history = run(flat(), gradients=gradients(1e-9, 1e-6, 1e-3, 1.0), kinds=layers | {"fc3": "Linear 9 → 9"})
    assert advice in only(history).advice


@pytest.mark.parametrize(
    ("activation", "advice"), [("Sigmoid", "at most a quarter"), ("Tanh", "Xavier"), ("ReLU", "He initialization")]
)
def test_advice_names_what_helps_this_activation(activation: str, advice: str) -> None:
    layers = {name: kind for i in range(4) for name, kind in ((f"fc{i}", "Linear 8 → 8"), (f"act{i}", activation))}
    history = run(flat(), gradients=gradients(1e-9, 1e-6, 1e-3, 1.0), kinds=layers)
    assert advice in only(history).advice


@pytest.mark.parametrize(("loss", "loud"), [(30.0, True), (20.0, False)])
def test_first_answers_that_cost_ten_times_a_guess_are_too_loud(loss: float, loud: bool) -> None:
    outputs = {"fc0": {"std": [1.0] * 40}, "fc1": {"std": [50.0] * 40}}
    history = run([loss] * 40, answer=classifier(std=50.0, abs_max=50.0), outputs=outputs, given={"std": [1.0] * 40})
    assert ("exploding signal" in kinds(history)) == loud
    if loud:
        assert only(history).layer == "fc1"


@pytest.mark.parametrize(("loss", "loud"), [(235.0, True), (225.0, False)])
def test_first_answers_that_cost_a_hundred_times_a_guess_are_so_at_once(loss: float, loud: bool) -> None:
    history = run([loss], answer=classifier(looks=1, std=99.0, abs_max=300.0), outputs={"fc": {"std": [99.0]}})
    assert kinds(history) == ["exploding signal"] * loud


def test_few_layers_have_no_depth() -> None:
    assert kinds(run(flat(), gradients=gradients(1e-12, 1.0))) == []
    assert kinds(History(steps=[0], gradients={})) == []
