"""When the next step is due."""

import pytest

from torchdemos.lab.playground.pace import Pace


@pytest.mark.parametrize(("speed", "steps"), [("slow", 4), ("normal", 60)])
def test_a_speed_is_so_many_steps_a_second(speed: str, steps: int) -> None:
    now, taken = [0.0], 0
    pace = Pace(speed, lambda: now[0])
    while now[0] < 10:
        if pace.left <= 0:
            pace.stepped()
            taken += 1
        now[0] += 0.001
    assert taken == pytest.approx(10 * steps, abs=2)
    assert pace.steps_per_second == pytest.approx(steps, rel=0.02)


def test_fast_never_waits() -> None:
    pace = Pace("fast", lambda: 1.0)
    pace.stepped()
    assert pace.left <= 0


def test_an_hour_asleep_is_neither_made_up_for_nor_slow() -> None:
    now = [0.0]
    pace = Pace("slow", lambda: now[0])
    for _ in range(3):
        pace.stepped()
        now[0] += 0.25
    now[0] += 3600.0
    pace.stepped()
    pace.stepped()
    assert pace.left > 0
    now[0] += pace.left
    pace.stepped()
    assert pace.steps_per_second == pytest.approx(5, rel=0.3)


def test_a_change_makes_the_next_step_due_at_once() -> None:
    pace = Pace("slow", lambda: 1.0)
    pace.stepped()
    assert pace.left == 0.25
    pace.hurry()
    assert pace.left == 0


def test_a_rest_is_no_slow_step() -> None:
    now = [0.0]
    pace = Pace("normal", lambda: now[0])
    pace.stepped()
    pace.rest()
    now[0] = 50.0
    assert pace.steps_per_second == 0
    pace.stepped()
    now[0] = 50.1
    pace.stepped()
    assert pace.steps_per_second == pytest.approx(10)
