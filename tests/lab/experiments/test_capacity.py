"""The capacity of a neuron, by linear programs, against Cover's curve."""

import numpy as np
import pytest
import torch

from torchdemos.lab.claims import Bound
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import capacity
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def found(digits: Digits) -> Result:
    return capacity.run(digits.train_images, trials=40, seed=1, sizes=(10, 20))


def test_every_dot_lies_near_the_curve(found: Result) -> None:
    assert [claim.predicted for claim in found.claims[:2]] == [0.5, 0.5]
    held = [claim.name for claim in found.claims if claim.holds]
    assert held == [
        "20 labels for 10 inputs: share that one neuron can learn",
        "40 labels for 20 inputs: share that one neuron can learn",
        "farthest of 8 dots from Cover's law, in standard errors",
    ], found.claims


def test_measured_stands_beside_predicted_for_every_number_of_points(found: Result) -> None:
    measured, predicted = (found.curves[f"capacity_20_inputs/{name}"] for name in ("measured", "predicted"))
    assert list(measured) == list(predicted) == [20, 34, 40, 46]
    assert measured[20] == predicted[20] == 1.0
    assert set(found.about) == {tag.rsplit("/", 1)[0] for tag in found.curves}


def test_the_picture_fits_a_card(found: Result) -> None:
    image = found.figures[capacity.FIGURE]
    assert image.shape[2] == 300 and image.shape[1] < 195


def test_one_draw_for_a_seed(digits: Digits) -> None:
    once, again = (capacity.run(digits.train_images, trials=3, seed=7, sizes=(5,)) for _ in range(2))
    assert once.curves == again.curves


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_four_corners_of_a_square(scale: float) -> None:
    """XOR is what one neuron cannot do (Minsky and Papert 1969); AND it can, with a constant input for its bias."""
    corners = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]) * scale
    assert capacity.separable(corners * [[-1], [-1], [-1], [1]])
    assert not capacity.separable(corners * [[-1], [1], [1], [-1]])


def test_a_labelling_made_by_a_neuron_is_possible_and_the_opposite_of_a_copy_is_not() -> None:
    points = np.random.default_rng(0).normal(size=(200, 50))
    rows = points * np.sign(points @ np.ones(50))[:, None]
    assert capacity.separable(rows)
    assert not capacity.separable(np.vstack([rows, -rows[:1]]))


def test_a_dot_off_the_curve_is_found_out() -> None:
    dots = [capacity.Dot(20, 40, 0.5, 0.19, 0.8), capacity.Dot(20, 20, 1.0, 0.0, 1.0)]
    claims = capacity.check(dots)
    assert not claims[0].holds and isinstance(claims[1], Bound) and not claims[1].holds
    assert not capacity.check([capacity.Dot(20, 20, 1.0, 0.0, 0.99)])[0].holds


def test_the_global_random_state_is_left_alone(digits: Digits) -> None:
    before = torch.random.get_rng_state()
    capacity.run(digits.train_images, trials=1, sizes=(5,))
    assert torch.equal(before, torch.random.get_rng_state())
