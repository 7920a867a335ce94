"""One neuron's learning slowdown, by gradient flow and by gradient descent."""

import dataclasses
from itertools import islice

import pytest

from torchdemos.lab.experiments import slowdown
from torchdemos.lab.experiments.slowdown import SETUPS, Setup
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def result() -> Result:
    return slowdown.run()


def test_every_claim_holds(result: Result) -> None:
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "squared error, 0.82: steps to 1/2",
        "squared error, 0.98: steps to 1/2",
        "cross entropy, 0.98: steps to 1/2",
        "cross entropy, lr 0.005: steps to 1/2",
        "squared error, 0.82: output after 300 steps",
        "squared error, 0.98: output after 300 steps",
        "cross entropy, 0.98: output after 300 steps",
        "cross entropy, lr 0.005: output after 300 steps",
    ], result.claims


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.key)
@pytest.mark.parametrize("start", [(1.0, 2.0), (3.0, 1.5), (0.2, 0.1)])
def test_every_claim_holds_from_other_starts_and_at_other_rates(setup: Setup, start: tuple[float, float]) -> None:
    claims = slowdown.run([dataclasses.replace(setup, start=start, lr=0.1)]).claims
    assert all(claim.holds for claim in claims), claims


def test_a_descent_that_is_a_tenth_slower_is_noticed() -> None:
    slow = dataclasses.replace(SETUPS[1], loss_fn=lambda z, y: SETUPS[1].loss_fn(z, y) / 1.1)
    assert not any(claim.holds for claim in slowdown.run([slow]).claims)


@pytest.mark.parametrize(
    ("setup", "step", "output"),
    [(1, 100, 0.964), (1, 300, 0.204), (3, 100, 0.954), (3, 300, 0.781), (2, 100, 0.041), (2, 300, 0.012)],
)
def test_outputs_known_from_an_earlier_run(setup: int, step: int, output: float) -> None:
    outputs = list(islice(slowdown.descent(SETUPS[setup]), step))  # the last is what the step's loss was taken of
    assert outputs[-1] == pytest.approx(output, abs=1e-3)


def test_the_starts_are_the_books() -> None:
    assert [round(setup.first, 2) for setup in SETUPS] == [0.82, 0.98, 0.98, 0.98]


def test_measured_and_predicted_stand_side_by_side(result: Result) -> None:
    for setup in SETUPS:
        measured, predicted = (result.curves[f"{setup.group}/{x}"] for x in ("measured", "predicted"))
        assert list(measured) == list(predicted) == list(range(301))
        assert max(abs(measured[step] - predicted[step]) for step in measured) < 0.03
        assert setup.name in result.about[setup.group]


def test_a_neuron_that_never_learns_is_no_error() -> None:
    stuck = dataclasses.replace(SETUPS[0], loss_fn=lambda z, y: 0 * z)
    assert slowdown.until_half(stuck).measured == float("inf")
