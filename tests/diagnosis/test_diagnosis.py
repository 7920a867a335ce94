"""All rules together: causes before consequences, muted kinds, little data."""

import math
from collections.abc import Callable

import pytest
from histories import classifier, falling, flat, gradients, kinds, only, run, weights

from torchdemos.diagnosis import RULES, History, causes, diagnose
from torchdemos.diagnosis.finding import Finding


def found(kind: str, level: str = "error", step: int | None = 0) -> Finding:
    return Finding(kind, level, None, step, "evidence", "advice", "source")


def test_nothing_is_said_of_nothing() -> None:
    assert diagnose(History()) == []


def test_a_run_that_learns_has_no_findings() -> None:
    assert kinds(run(falling(), gradients=gradients(0.1, 0.1, 0.1, 0.1), answer=classifier())) == []


def test_a_cause_takes_in_what_follows_from_it() -> None:
    (root,) = causes.ordered([found("dead units", step=5), found("learning rate too large", step=2)])
    assert root.kind == "learning rate too large" and [own.kind for own in root.consequences] == ["dead units"]


def test_nothing_follows_from_what_began_later() -> None:
    roots = causes.ordered([found("dead units", step=1), found("learning rate too large", step=2)])
    assert [root.kind for root in roots] == ["dead units"] and roots[0].consequences[0].step == 2


def test_what_may_be_meant_is_a_cause_once_something_else_is_wrong() -> None:
    roots = causes.ordered([found("unscaled input", "information"), found("dead units")])
    assert [(root.kind, root.level) for root in roots] == [("unscaled input", "warning")]
    assert [root.level for root in causes.ordered([found("unscaled input", "information")])] == ["information"]


def test_what_is_merely_told_causes_nothing() -> None:
    roots = causes.ordered([found("frozen", "information"), found("dead units")])
    assert [root.kind for root in roots] == ["dead units", "frozen"]


def test_errors_come_first() -> None:
    roots = causes.ordered(
        [found("frozen", "information"), found("loss below its minimum", "warning"), found("not finite")]
    )
    assert [root.level for root in roots] == ["error", "warning", "information"]


def test_a_kind_can_be_muted_everywhere_or_in_one_layer() -> None:
    history = run(flat(), gradients=gradients(1e-9, 1e-6, 1e-3, 1.0))
    assert kinds(history) == ["vanishing gradient"]
    assert diagnose(history, muted=["vanishing gradient"]) == []
    assert diagnose(history, muted=["vanishing gradient: fc0"]) == []
    assert diagnose(history, muted=["vanishing gradient: fc1"]) != []


def test_what_follows_from_a_muted_finding_is_told_only_if_it_is_worse() -> None:
    milder = found("vanishing gradient").leading_to([found("learning rate too small", "warning")])
    assert causes.without(["vanishing gradient"], [milder]) == []
    worse = found("unscaled input", "warning").leading_to([found("dead units"), found("nothing learnt", "warning")])
    assert [own.kind for own in causes.without(["unscaled input"], [worse])] == ["dead units"]
    assert causes.without(["nothing learnt"], [worse])[0].consequences == (found("dead units"),)


def test_a_finding_is_three_plain_lines() -> None:
    text = str(only(run(flat(), gradients=gradients(1e-9, 1e-6, 1e-3, 1.0))))
    assert len(text.splitlines()) == 3
    assert text.startswith("error: vanishing gradient in 'fc0', since step 0\n")


def test_consequences_are_named_in_the_text() -> None:
    assert "From it follows: dead units." in str(found("not finite").leading_to([found("dead units")]))


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_never_raises(loss: float) -> None:
    assert kinds(run([2.3, 2.2, loss, loss])) == ["not finite"]


def test_a_history_ends_where_it_is_cut() -> None:
    history = run(falling(10), gradients=gradients(1.0, 2.0, looks=10), answer=classifier(looks=10))
    early = history.until(3)
    assert list(early.steps) == [0, 1, 2, 3] and early.losses == history.losses[:4]
    assert early.gradients["fc1"]["norm"] == [2.0] * 4 and len(early.answer["units"]) == 4


def test_steps_out_of_order_and_series_of_nan_are_taken() -> None:
    nan = [math.nan] * 3
    history = History(
        steps=[20, 0, 10], losses=[(20, 1.0), (0, 2.0)], gradients={"fc": {"norm": nan}}, answer={"std": nan}
    )
    assert diagnose(history) == []


def test_a_weight_that_began_at_zero_says_nothing_about_the_size_of_steps() -> None:
    history = run(flat(), parameters=weights(norm=[0.0] + [1.0] * 39, update_ratio=3.0))
    assert kinds(history) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_reads_losses_without_looks_and_looks_without_numbers(rule: Callable[[History], Finding | None]) -> None:
    for growth in (0.99, 1.0, 1.02):
        for first in (2.3, -2.3):
            rule(History(losses=[(step, first * growth**step) for step in range(300)], label_counts=[1, 1]))
    rule(History(steps=range(40), losses=[(step, 2.3) for step in range(40)]))
