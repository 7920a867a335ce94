"""Steps are picked evenly, or ever more rarely."""

import pytest

from torchdemos.watching.schedules import every, next_round, spaced


def test_every_picks_every_nth_step() -> None:
    assert [step for step in range(7) if every(3)(step)] == [0, 3, 6]
    with pytest.raises(ValueError, match="every\\(0\\) is never"):
        every(0)


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11, 64, 200, 401, 10_000])
@pytest.mark.parametrize("count", [10, 64])
def test_spaced_steps_are_few_start_at_0_and_end_at_the_last(steps: int, count: int) -> None:
    chosen = spaced(steps, count)
    assert chosen == sorted(set(chosen)) and len(chosen) <= count
    assert (chosen[0], chosen[-1]) == (0, steps - 1)


def test_round_steps_come_ever_more_rarely() -> None:
    step, found = 0, []
    while step < 1000:
        step = next_round(step)
        found.append(step)
    assert found == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
