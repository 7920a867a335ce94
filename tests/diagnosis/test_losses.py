"""What a history of losses reveals: divergence, a wrong minimum, and floors."""

import math

import numpy as np
import pytest

from torchdemos import diagnosis
from torchdemos.diagnosis import diagnose
from torchdemos.lab.theory import loss


@pytest.mark.parametrize(
    "losses",
    [
        [2.3, 1e4],
        [2.3, 23.1],
        [2.3, 2.1, math.nan],
        [2.3, math.inf],
        [math.nan],
        [1.0, -math.inf],
        [0.0, 11.0],
        [-0.5, 11.0],
        [math.nan, 1.0, 10.1],
    ],
)
def test_divergence_is_found(losses: list[float]) -> None:
    assert diagnose(losses=losses, loss_minimum=-math.inf)[0].kind == "diverged"


@pytest.mark.parametrize(
    "losses",
    [
        [2.3, 2.1, 1.9],
        [2.3, 22.9],
        [2.3, 1e4, 2.0],
        [math.nan, 2.3, 2.0],
        [0.0, 9.0],
        [-0.5, 9.0],
        [-20.0, 150.0],
        [0.0],
    ],
)
def test_a_loss_within_ten_times_its_start_has_not_diverged(losses: list[float]) -> None:
    assert diagnose(losses=losses, loss_minimum=-math.inf) == []


def test_divergence_says_when_it_began() -> None:
    found = diagnosis.diverged([2.3, 2.1, 99.0, math.nan])
    assert found is not None and "first left this range at entry 2 of 4" in found.message


def test_a_cross_entropy_below_zero_names_the_missing_log() -> None:
    found = diagnose(losses=[0.005, -1.2, -40.0])
    assert [(f.kind, f.level) for f in found] == [("loss below its minimum", "warning")]
    assert "nll_loss" in found[0].message and "-40" in found[0].message
    assert diagnose(losses=[0.005, -1e-7]) == []
    assert diagnose(losses=[0.005, -1.2, -40.0], loss_minimum=-math.inf) == []
    assert diagnose(losses=[1.6, 1.4], loss_minimum=1.46115)[0].kind == "loss below its minimum"


def flat(value: float, noise: float = 0.0, length: int = 200) -> list[float]:
    """A loss that came down to a value and stays there, up to the noise of its batches."""
    start = [value + 1.0 - i / 20 for i in range(20)]
    return start + [value + noise * (1 - 2 * (i % 2)) for i in range(length - 20)]


BALANCED = [400] * 10

TWICE, EVEN = math.log(math.e + 9) - 1, math.log(10)


@pytest.mark.parametrize(
    ("losses", "accuracy", "kind"),
    [
        (flat(TWICE + 0.01), math.nan, "softmax applied twice"),
        (flat(TWICE + 0.01, 0.009), 1.0, "softmax applied twice"),
        (flat(TWICE + 0.06), 0.95, "softmax applied twice"),
        (flat(-0.99), math.nan, "forgotten log"),
        (flat(-0.87, 0.02), 0.88, "forgotten log"),
        ([-float(i) for i in range(200)], 0.1, "forgotten log-softmax"),
        (flat(EVEN, 0.01), math.nan, "constant answer"),
        (flat(EVEN, 0.01), 0.1, "constant answer"),
    ],
)
def test_a_floor_names_its_bug(losses: list[float], accuracy: float, kind: str) -> None:
    found = diagnose(losses=losses, label_counts=BALANCED, accuracy=accuracy)
    assert [finding.kind for finding in found] == [kind]
    assert found[0].level == ("warning" if kind == "constant answer" else "error")
    assert found[0].message.endswith(".") and found[0].source


@pytest.mark.parametrize(
    ("losses", "accuracy"),
    [
        ([2.3 * 0.995**i for i in range(90)], math.nan),  # at 1.47, and too short to say
        ([2.3 * 0.998**i for i in range(227)], math.nan),  # passing by 1.46
        (flat(TWICE + 0.005, 0.1), math.nan),  # level at 1.466, but its batches cross the floor
        (flat(TWICE + 0.005), 0.48),  # level there, and right too seldom for a sure network
        (flat(TWICE + 0.06), math.nan),
        (flat(TWICE + 0.34), 0.66),
        (flat(EVEN, 0.01), 0.5),  # slow, but no constant answer
        (flat(EVEN * 1.02), math.nan),
        (flat(0.02, 0.01), 1.0),
        (flat(0.0), 1.0),
        (flat(0.50029), 1.0),
        ([*flat(TWICE + 0.01), math.nan], math.nan),
    ],
)
def test_a_healthy_loss_is_at_no_floor(losses: list[float], accuracy: float) -> None:
    assert diagnosis.loss_floor(losses, BALANCED, accuracy) is None


def test_every_moment_of_a_loss_that_falls_past_the_floors_is_silent() -> None:
    history = [0.1 + 2.2 * math.exp(-i / 150) for i in range(600)]
    assert not any(diagnosis.loss_floor(history[:i], BALANCED) for i in range(600))


def test_a_floor_needs_the_label_counts() -> None:
    assert diagnose(losses=flat(TWICE + 0.01)) == []
    assert diagnosis.loss_floor(flat(TWICE + 0.01), [400]) is None


def test_the_floors_are_those_of_the_theory() -> None:
    counts = [900, 50, 50, 0]
    entropy = loss.label_entropy(counts)
    assert diagnose(losses=flat(entropy), label_counts=np.array(counts), accuracy=0.9)[0].kind == "constant answer"
    floor = loss.softmax_twice_floor(4, accuracy=0.97)
    assert diagnose(losses=flat(floor), label_counts=counts, accuracy=0.97)[0].kind == "softmax applied twice"


def test_a_negative_loss_that_has_not_levelled_off_is_below_its_minimum() -> None:
    falling = [2.0 - i / 100 for i in range(250)]
    assert diagnose(losses=falling, label_counts=BALANCED)[0].kind == "loss below its minimum"
