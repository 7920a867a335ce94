"""What is done now and then takes its share of the time and no more."""

import pytest

from torchdemos.steering.budget import Budget


def spend(budget: Budget, now: list[float], seconds: float) -> None:
    with budget.spent():
        now[0] += seconds


def test_what_took_long_is_due_late() -> None:
    now = [0.0]
    budget = Budget(lambda: now[0])
    assert budget.is_due(0.1)
    spend(budget, now, 5.0)
    assert budget.is_due(0.1)  # the first may have warmed something up
    spend(budget, now, 2.0)
    now[0] += 17.9
    assert not budget.is_due(0.1) and budget.is_due(0.5)
    now[0] += 0.2
    assert budget.is_due(0.1)


@pytest.mark.parametrize("awake", [0, 1, 2, 3])
def test_a_computer_that_slept_meanwhile_makes_nothing_late(awake: int) -> None:
    now = [0.0]
    budget = Budget(lambda: now[0])
    for seconds in [0.01] * awake + [3600.0, 0.01]:
        spend(budget, now, seconds)
        now[0] += 1.0
        assert budget.is_due(0.01)
