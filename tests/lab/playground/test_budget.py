"""What is done now and then takes its share of the time and no more."""

from torchdemos.lab.playground.budget import Budget


def test_what_took_long_is_due_late() -> None:
    now = [0.0]
    budget = Budget(lambda: now[0])
    assert budget.is_due(0.1)
    with budget.spent():
        now[0] = 2.0
    now[0] = 19.9
    assert not budget.is_due(0.1) and budget.is_due(0.5)
    now[0] = 20.0
    assert budget.is_due(0.1)
