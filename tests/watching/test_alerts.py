"""Errors are told while the training runs, each kind once."""

import sys
from pathlib import Path

import pytest
from small import backward, small, train

from torchdemos import Finding, every, watch
from torchdemos.diagnosis import History
from torchdemos.watching import steps
from torchdemos.watching.alerts import Alerts, show


def finding(kind: str, level: str = "error", consequences: tuple[Finding, ...] = ()) -> Finding:
    return Finding(kind, level, "fc1", 3, "So it is.", "Do that.", "a test", consequences)


class Told(list[str]):
    """The kinds of the findings that were told."""

    def __call__(self, finding: Finding) -> None:
        self.append(finding.kind)


def test_rules_run_at_looks_that_lie_farther_and_farther_apart() -> None:
    looks: list[int] = []
    alerts = Alerts(show)
    for look in range(1, 60):
        alerts.look(False, lambda look=look: looks.append(look) or [])  # type: ignore[misc]
    assert looks == [1, 2, 3, 5, 8, 12, 18, 27, 41]


def test_rules_run_at_once_where_something_is_newly_broken() -> None:
    alerts, told = Alerts(told := Told()), told
    for look in range(10):
        alerts.look(look == 9, lambda look=look: [finding("not finite")] if look == 9 else [])  # type: ignore[misc]
    assert told == ["not finite"]


def test_without_a_function_no_rule_runs() -> None:
    Alerts(None).look(True, lambda: 1 / 0)  # type: ignore[arg-type, return-value]


def test_each_kind_of_error_is_told_once_and_nothing_less() -> None:
    alerts = Alerts(told := Told())
    for _ in range(4):
        alerts.look(False, lambda: [finding("a"), finding("b", "warning"), finding("c", "information"), finding("d")])
    assert told == ["a", "d"]


def test_an_error_is_told_with_its_cause_and_not_again_when_a_cause_turns_up() -> None:
    alerts = Alerts(told := Told())
    broken = finding("not finite")
    for found in ([broken], [finding("too large steps", "warning", (broken,))], [finding("new", "warning", (broken,))]):
        alerts.look(False, lambda found=found: found)  # type: ignore[misc]
    assert told == ["not finite"]
    alerts.look(True, lambda: [finding("rising loss", "error", (broken,))])
    assert told == ["not finite"]
    alerts.look(True, lambda: [finding("rising loss", "error")])
    assert told == ["not finite", "rising loss"]


def test_an_alert_is_a_block_of_its_own_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print("epoch 3:  12%|#   ", end="", file=sys.stderr)
    show(finding("dead units"))
    said = capsys.readouterr()
    block = "\ntorchdemos: error: dead units in 'fc1', since step 3\n  So it is.\n  Do that.\n\n"
    assert (said.out, said.err) == ("", f"epoch 3:  12%|#   {block}")


# In a training


def test_a_training_is_told_of_an_error_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [finding("exploding gradient")]
    monkeypatch.setattr(steps, "diagnose", lambda history, muted: found if len(history.steps) > 2 else [])
    around = watch(model := small(), when=every(1))
    for step in range(6):
        with around(step):
            train(model)
        assert ("exploding gradient" in capsys.readouterr().err) == (step == 2)


def test_a_function_of_the_users_own_is_told_instead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(steps, "diagnose", lambda history, muted: [finding("a")])
    told: list[Finding] = []
    for alert in (told.append, None):
        with watch(model := small(), alert=alert)(0):
            train(model)
    assert told == [finding("a")] and capsys.readouterr().err == ""


def test_a_function_that_fails_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def alert(found: Finding) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(steps, "diagnose", lambda history, muted: [finding("a")])
    around, reason = watch(model := small(), alert=alert), "training goes on: ConnectionError: no network"
    with pytest.warns(UserWarning, match=f"told to `alert`, {reason}"), around(0):
        train(model)


def test_a_function_may_end_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "diagnose", lambda history, muted: [finding("a")])
    around = watch(model := small(), alert=lambda found: sys.exit(str(found)))
    with pytest.raises(SystemExit, match="error: a"), around(0):
        train(model)


def test_a_rule_that_fails_is_one_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def diagnose(history: History, muted: object) -> list[Finding]:
        raise KeyError("norm")

    monkeypatch.setattr(steps, "diagnose", diagnose)
    around = watch(model := small(), when=every(1))
    with pytest.warns(UserWarning, match="could not be diagnosed, training goes on: KeyError: 'norm'"), around(0):
        backward(model)
    with around(1):
        backward(model)
    assert around.findings() == []


def test_only_a_function_can_be_told() -> None:
    with pytest.raises(ValueError, match="alert='mail' is not a function of a finding"):
        watch(small(), alert="mail")  # type: ignore[arg-type]
