"""What the model is given."""

import pytest
from histories import falling, flat, kinds, only, run


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
