"""The perceptron, its bound, and the margin that the bound needs."""

import numpy as np
import pytest

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import perceptron
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def found(digits: Digits) -> Result:
    return perceptron.run(digits.train_images, digits.train_labels)


def test_every_claim_of_a_run_holds(found: Result) -> None:
    held = [claim.name for claim in found.claims if claim.holds]
    assert held == [
        "widest margin = shortest mixture",
        "mistakes of a perceptron, 0 or 1",
        "mistakes in its last pass",
    ], found.claims


def test_the_pictures_fit_a_card(found: Result) -> None:
    assert all(image.shape[2] <= 300 and image.shape[1] < 195 for image in found.figures.values())


def test_the_bound_holds_in_any_order(digits: Digits) -> None:
    rows = perceptron.examples(digits.test_images, digits.test_labels)
    best = perceptron.widest(rows)
    bound = (np.linalg.norm(rows, axis=1).max() / best.margin) ** 2
    for seed in range(5):
        shuffled = np.random.default_rng(seed).permutation(rows)
        weights, lengths, last = perceptron.learn(shuffled, bound)
        assert 0 < len(lengths) <= bound and last == 0 and (rows @ weights > 0).all()
        mistakes = np.arange(1, len(lengths) + 1)
        assert (lengths <= np.linalg.norm(rows, axis=1).max() * np.sqrt(mistakes) * (1 + 1e-12)).all()
        assert (lengths >= best.margin * mistakes).all()


def test_the_widest_margin_of_two_points_lies_half_way() -> None:
    best = perceptron.widest(np.array([[3.0, 1.0], [-1.0, 1.0], [5.0, 4.0]]))
    assert best.weights == pytest.approx([0.0, 1.0]) and best.margin == pytest.approx(1.0)


def test_no_random_neuron_has_a_wider_margin(digits: Digits) -> None:
    rows = perceptron.examples(digits.test_images, digits.test_labels)
    best, generator = perceptron.widest(rows), np.random.default_rng(0)
    for size in (0.01, 0.1, 1.0):
        other = best.weights + size * np.linalg.norm(best.weights) / 28 * generator.normal(size=785)
        assert (rows @ other).min() / np.linalg.norm(other) < best.margin


def test_learning_that_breaks_its_bound_is_given_up() -> None:
    """The same input with both labels: no neuron is right about both."""
    _, lengths, last = perceptron.learn(np.array([[1.0, 2.0], [-1.0, -2.0]]), most=10)
    assert last > 0 and len(lengths) > 10
