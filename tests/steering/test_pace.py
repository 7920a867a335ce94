"""What a look costs a training is what a step takes longer for it."""

from collections.abc import Iterator

import pytest

from torchdemos.steering import pace
from torchdemos.steering.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [0.0]
    monkeypatch.setattr(pace.time, "perf_counter", lambda: now[0])
    yield now


def step(own: Pace, clock: list[float], seconds: float, looked: bool = False) -> float:
    own.begin()
    clock[0] += seconds
    return own.end(looked)


def test_a_look_costs_what_its_step_takes_longer(clock: list[float]) -> None:
    own = Pace()
    assert step(own, clock, 1.0, looked=True) == 0.0  # nobody knows
    for seconds in (1.0, 1.5, 1.0):
        assert step(own, clock, seconds) == 0.0
    assert step(own, clock, 1.25, looked=True) == 0.25
    assert step(own, clock, 0.5, looked=True) == 0.0


def test_some_steps_are_not_looked_at_because_nobody_would_know_what_it_costs(clock: list[float]) -> None:
    own, looked = Pace(), []
    for _ in range(42):
        looked.append(own.is_known)
        step(own, clock, 1.5 if looked[-1] else 1.0, looked[-1])
    assert looked == [True, False] * 5 + ([True] * 15 + [False]) * 2


def test_an_hour_asleep_is_no_step(clock: list[float]) -> None:
    own = Pace()
    for seconds in (0.5, 0.5, 0.5, 3600.0):
        step(own, clock, seconds)
    step(own, clock, 0.5)
    assert own.steps_per_second == 2.0
    assert step(own, clock, 0.75, looked=True) == 0.25


def test_the_pace_is_that_of_the_latest_steps_and_no_pause(clock: list[float]) -> None:
    own = Pace()
    assert own.steps_per_second is None
    for _ in range(5):
        step(own, clock, 0.5)
    assert own.steps_per_second == 2.0
    own.rest()
    clock[0] += 1000.0
    step(own, clock, 0.5)
    assert own.steps_per_second is None
