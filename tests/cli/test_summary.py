"""The end of a run: the answer, what agreed, and the reader's own predictions."""

import math

import pytest

from torchdemos.cli import summary, terminal
from torchdemos.diagnosis import Finding
from torchdemos.lab.claims import Bound
from torchdemos.lab.demos.answer import Answer, Told
from torchdemos.lab.demos.configs import Neurons
from torchdemos.lab.demos.guess import Mistake, Outcome, Question, judge, less, within

TOLD = Told("It holds **3** of 10⁻³.", {}, (), {"command": "torchdemos neurons --steps 9", "expect": "See **4 %**."})
QUESTION = Question("a", "How many?", "how many there are", within(0.5), [Mistake(less, "They multiply.")])


def held(count: int, failing: int = 0) -> list[Bound]:
    return [Bound(f"claim {i}", "s", 1.0, low=0.0) for i in range(count)] + [Bound("a share", "s", 1.0, 2.0)] * failing


def said(capsys: pytest.CaptureFixture[str], result: Answer, guess: float | None = None, **settings: bool) -> str:
    verdicts = judge([QUESTION], {} if guess is None else {"a": guess}, {"a": Outcome(2.0, 2.25)})
    summary.show(Neurons(**settings), {"neurons": result}, {"neurons": verdicts}, ".venv/bin/torchdemos", "Look at it")
    return capsys.readouterr().out


def test_a_run_ends_in_question_answer_and_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, Answer(held(7), "Verdict.", {}, TOLD)).splitlines() == [
        "",
        "What is a neuron?",
        "It holds 3 of 10⁻³.",
        "7 of 7 predictions agree; --table prints them.",
        "Try next:    .venv/bin/torchdemos neurons --steps 9",
        "  See 4 %.",
        "In code:     scripts/neurons.py is the same lesson in 70 lines",
        "Look at it",
    ]


def test_a_prediction_that_fails_is_always_printed(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, Answer(held(1, failing=1), "Verdict."))
    assert "1 of 2 predictions agree" in shown
    assert "NO: a share: predicted at least 2, measured 1, outside by 1." in shown and "claim 0" not in shown


def test_a_guess_stands_beside_theory_and_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = said(capsys, Answer(held(1), "Verdict."), guess=1.0)
    assert wrong.split("how many there are")[1].split()[:3] == ["1", "2", "2.25"] and "  They multiply." in wrong
    assert "  Right." in said(capsys, Answer(held(1), "Verdict."), guess=2.0)
    assert "Not quite" in said(capsys, Answer(held(1), "Verdict."), guess=9.0)
    assert "Your predictions" not in said(capsys, Answer(held(1), "Verdict."))


def test_findings_are_one_sentence_by_kind_and_in_full_with_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    dead, gone = (Finding(kind, "error", None, 0, "Seen.", "Try.", "s") for kind in ("dead units", "not finite"))
    result = Answer(held(1), "Verdict.", {"a, at the end": dead, "b, at the end": gone, "c": dead})
    assert "The diagnosis finds dead units (a and c) and not finite (b)." in said(capsys, result)
    shown = said(capsys, result, table=True)
    assert "a, at the end: dead units. Seen. Try." in shown and "The diagnosis finds" not in shown
    assert "1 of 1 predictions agree.\n" in shown


def test_numbers_are_three_digits_in_nine_characters() -> None:
    assert [summary.number(x) for x in (0.05107, -13.77, 1e-300)] == ["   0.0511", "    -13.8", "   1e-300"]
    assert summary.number(None) == summary.number(math.nan) == "        -"


def test_a_stream_without_greek_gets_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(terminal.console), "encoding", "latin-1")
    shown = said(capsys, Answer(held(1), "Verdict.", {}, TOLD))
    assert "3 of 10^-3." in shown and shown.encode("latin-1")
