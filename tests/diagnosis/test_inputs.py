"""What the model is given."""

import pytest
from histories import classifier, falling, flat, kinds, only, run, squared

from torchdemos.diagnosis import diagnose


def given(mean: float, std: float, looks: int = 40) -> dict[str, list[float]]:
    return {"mean": [mean] * looks, "std": [std] * looks, "finite_fraction": [1.0] * looks}


@pytest.mark.parametrize(("mean", "std"), [(0.0, 10.1), (10.1, 1.0), (-10.1, 1.0), (0.0, 0.019)])
def test_numbers_far_from_one_in_size_are_unscaled(mean: float, std: float) -> None:
    assert only(run(flat(), given=given(mean, std))).level == "warning"
    assert only(run(falling(), given=given(mean, std))).level == "information"


def test_numbers_of_a_usual_size_are_scaled() -> None:
    assert kinds(run(flat(), given=given(9.9, 9.9))) == [] == kinds(run(flat(), given=given(0.0, 0.021)))


@pytest.mark.parametrize("kind", ["BatchNorm1d", "LayerNorm", "Embedding 10 → 4"])
def test_what_is_normalized_or_looked_up_first_needs_no_scale(kind: str) -> None:
    assert kinds(run(flat(), given=given(100.0, 100.0), kinds={"first": kind})) == []


@pytest.mark.parametrize(("looks", "found"), [(2, False), (3, True)])
def test_one_number_at_every_look_is_a_constant_input(looks: int, found: bool) -> None:
    assert kinds(run(looks=looks, given=given(0.5, 0.0, looks))) == ["constant input"] * found


@pytest.mark.parametrize(("alike", "found"), [(1.0, True), (0.0, False)])
def test_integers_that_are_all_the_same_are_a_constant_input(alike: float, found: bool) -> None:
    assert kinds(run(looks=3, given={"alike": [alike] * 3})) == ["constant input"] * found


@pytest.mark.parametrize(("alike", "found"), [(1.0, True), (0.0, False)])
def test_a_first_call_of_zeros_is_no_constant_input_if_later_ones_differ(alike: float, found: bool) -> None:
    assert kinds(run(looks=3, given=given(0, 0.0, 3) | {"alike": [alike] * 3})) == ["constant input"] * found


@pytest.mark.parametrize(("widest", "found"), [(0.99, False), (101.0, True)])
def test_batches_of_uneven_spread_hold_samples_that_lie_far_out(widest: float, found: bool) -> None:
    uneven = {"mean": [0.0] * 40, "std": [0.99] * 39 + [widest]}
    assert kinds(run(flat(), given=uneven)) == ["unscaled input"] * found


@pytest.mark.parametrize(("loss", "found"), [(99.0, False), (101.0, True)])
def test_targets_ten_times_as_far_as_answers_are_told(loss: float, found: bool) -> None:
    levels = [finding.level for finding in diagnose(run([loss] * 3, answer=squared(loss, looks=3)))]
    assert levels == ["information"] * found


@pytest.mark.parametrize(("end", "level"), [(0.3, "warning"), (0.2, "information")])
def test_wide_inputs_that_nobody_normalizes_cost_a_part(end: float, level: str) -> None:
    history = run([2.3] * 20 + [2.3 * end] * 20, given=given(0.0, 30.0), answer=classifier())
    assert only(history).level == level
