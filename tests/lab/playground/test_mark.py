"""The mark, against a search by bisection and against numpy in float64."""

import math
from dataclasses import replace

import numpy as np
import pytest
from torch import Tensor

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import mark
from torchdemos.lab.playground.marking import Marking
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training

DIGITS, STEPS = 40, 600


def gram(images: Tensor) -> np.ndarray:
    """How much each digit's error feeds on each other's, in float64: the curvatures of the bowl are its eigenvalues."""
    x = np.column_stack([images.flatten(1).double().numpy(), np.ones(len(images))])
    return x @ x.T / len(x)


def diverges(curvature: np.ndarray, rate: float, momentum: float) -> bool:
    """Whether errors grow when all digits are learned, by iteration and without any formula."""
    error, velocity = np.random.default_rng(0).normal(size=len(curvature)), np.zeros(len(curvature))
    sizes = []
    for _ in range(STEPS):
        velocity = momentum * velocity + curvature @ error
        error = error - rate * velocity
        sizes.append(float(np.abs(error).max()))
        if sizes[-1] > 1e9:
            return True
    return max(sizes[-50:]) > max(sizes[STEPS // 2 : STEPS // 2 + 50])


@pytest.mark.parametrize(("optimizer", "momentum"), [("SGD", 0.0), ("momentum", 0.9)])
def test_the_exact_mark_is_where_a_search_finds_divergence(digits: Digits, optimizer: str, momentum: float) -> None:
    images, labels = digits.train_images[:DIGITS], digits.train_labels[:DIGITS]
    training = Training(Settings(optimizer=optimizer), 0, images, labels)
    found = Marking(images, labels, lambda: 0.0).of(training)
    assert found is not None and found.exact
    curvature, low, high = gram(images), 1e-3, 10.0
    while high / low > 1.002:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if diverges(curvature, middle, momentum) else (middle, high)
    assert found.rate == pytest.approx(math.sqrt(low * high), rel=0.003)


def test_a_network_falls_just_below_the_exact_mark_and_rises_just_above_it(digits: Digits) -> None:
    images, labels = digits.train_images[:DIGITS], digits.train_labels[:DIGITS]
    known = mark.exact(Settings(), float(np.linalg.eigvalsh(gram(images))[-1]))
    ends = {}
    for share in (0.995, 1.005):
        training = Training(Settings(learning_rate=share * known.rate), 0, images, labels)
        losses = [training.advance() for _ in range(200)]
        ends[share] = losses[-1] / min(losses)
    assert ends[0.995] == 1 and ends[1.005] > 1


@pytest.mark.parametrize(
    "change",
    [{"depth": 2}, {"depth": 2, "activation": "linear"}, {"loss": "cross entropy"}, {"batch": "64"}],
)
def test_only_the_bowl_is_known_exactly(change: dict[str, object]) -> None:
    assert mark.is_exact(Settings()) and mark.is_exact(Settings(optimizer="momentum", activation="tanh"))
    assert not mark.is_exact(replace(Settings(), **change))  # type: ignore[arg-type]


def test_adam_has_no_mark() -> None:
    assert not mark.has_mark(Settings(optimizer="Adam")) and not mark.is_exact(Settings(optimizer="Adam"))


def test_a_measured_mark_says_of_which_step_it_is() -> None:
    settings = Settings(depth=3, optimizer="momentum", batch="8")
    assert mark.measured(settings, 20.0, 1200) == (
        pytest.approx(0.19),
        False,
        "2 (1 + 0.9)/sharpness, measured at step 1,200; a step of few digits is rough and may leave sooner",
    )


@pytest.mark.parametrize("sharpness", [0.0, -1.0, math.nan, 1e-320])
def test_a_flat_landscape_has_no_mark(sharpness: float) -> None:
    assert mark.measured(Settings(depth=3), sharpness, 0) is None
