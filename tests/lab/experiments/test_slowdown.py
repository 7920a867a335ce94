"""One neuron's learning slowdown, by gradient flow and by gradient descent."""

import dataclasses
from itertools import islice

import pytest

from torchdemos.lab.evidence import Evidence
from torchdemos.lab.experiments import slowdown
from torchdemos.lab.experiments.slowdown import LESSONS, Lesson


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return slowdown.run()


def test_every_claim_holds(evidence: Evidence) -> None:
    assert len(evidence.claims) == 8 and all(claim.holds for claim in evidence.claims), evidence.claims


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.tag)
@pytest.mark.parametrize("start", [(1.0, 2.0), (3.0, 1.5), (0.2, 0.1)])
def test_every_claim_holds_from_other_starts_and_at_other_rates(lesson: Lesson, start: tuple[float, float]) -> None:
    claims = slowdown.run([dataclasses.replace(lesson, start=start, lr=0.1)]).claims
    assert all(claim.holds for claim in claims), claims


def test_a_descent_that_is_a_tenth_slower_is_noticed() -> None:
    slow = dataclasses.replace(LESSONS[1], loss_fn=lambda z, y: LESSONS[1].loss_fn(z, y) / 1.1)
    assert not any(claim.holds for claim in slowdown.run([slow]).claims)


@pytest.mark.parametrize(
    ("lesson", "step", "output"),
    [(1, 100, 0.964), (1, 300, 0.204), (3, 100, 0.954), (3, 300, 0.781), (2, 100, 0.041), (2, 300, 0.012)],
)
def test_outputs_known_from_an_earlier_run(lesson: int, step: int, output: float) -> None:
    outputs = list(islice(slowdown.descent(LESSONS[lesson]), step))  # the last is what the step's loss was taken of
    assert outputs[-1] == pytest.approx(output, abs=1e-3)


def test_the_starts_are_the_books() -> None:
    assert [round(lesson.first, 2) for lesson in LESSONS] == [0.82, 0.98, 0.98, 0.98]


def test_measured_and_predicted_stand_side_by_side(evidence: Evidence) -> None:
    for lesson in LESSONS:
        group = slowdown.GROUP.format(lesson.tag)
        measured, predicted = (evidence.curves[f"{group}/{x}"] for x in ("measured", "predicted"))
        assert list(measured) == list(predicted) == list(range(301))
        assert max(abs(measured[step] - predicted[step]) for step in measured) < 0.03
        assert lesson.name in evidence.about[group]


def test_a_neuron_that_never_learns_is_no_error() -> None:
    stuck = dataclasses.replace(LESSONS[0], loss_fn=lambda z, y: 0 * z)
    assert slowdown.until_half(stuck).measured == float("inf")
