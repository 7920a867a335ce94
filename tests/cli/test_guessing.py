"""Guesses are asked at a terminal or read from a file, and a file that holds none is one sentence."""

import json
from pathlib import Path

import pytest

from torchdemos import cli
from torchdemos.cli import guessing, terminal
from torchdemos.lab.demos.common_flags import ASK
from torchdemos.lab.demos.guess import Question, within

ASKED = {
    "What is it?": [
        Question("a", "How many?", "how many", within(1), ()),
        Question("b", "How much?", "in %", within(1), ()),
    ]
}
KEYS = ["edge", "centring", "sharpness", "catapult"]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a reader types, line by line, until the input ends."""
    lines: list[str] = []

    def typed(prompt: str = "") -> str:
        if not lines:
            raise EOFError
        return lines.pop(0)

    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    return lines


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["3", "1/4"], {"a": 3.0, "b": 0.25}),
        (["", " 10^-3 "], {"b": 0.001}),
        (["many", "3e2", "7 %"], {"a": 300.0, "b": 7.0}),
        (["7 %", "nan", "1/0", "inf", "2", ""], {"a": 2.0}),
        (["1"], {"a": 1.0}),
        ([], {}),
    ],
)
def test_what_is_typed_is_a_number_or_asked_again(
    typing: list[str], typed: list[str], expected: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    typing += typed
    assert guessing.guesses(ASK, ASKED) == expected
    assert "How many?" in capsys.readouterr().out


def test_nothing_is_asked_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert guessing.guesses(ASK, ASKED) == {} == guessing.guesses(None, ASKED)
    assert "there is no terminal" in capsys.readouterr().out


def test_a_file_answers_and_skips(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text('{"edge": 1, "centring": null, "catapult": 2.5}')
    assert guessing.read(tmp_path / "answers.json", KEYS) == {"edge": 1.0, "catapult": 2.5}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "--predict cannot read answers.json: No such file or directory"),
        (b"edge = 0.05", 'answers.json is not JSON: write answers as in {"edge": 0.5}'),
        (b"\xff\xfe", "answers.json is not JSON"),
        (b"[" * 100_000, "answers.json is not JSON"),
        (b"[0.05]", "answers.json holds no answers by the names of their questions"),
        (b'{"egde": 1}', "answers.json answers egde, which is not asked; did you mean edge?"),
        (b'{"zzz": 1}', "answers zzz, which is not asked; the questions are edge, centring, sharpness, catapult"),
        (b'{"edge": "0.05"}', 'answers.json answers edge with "0.05": give a finite number, or null to skip'),
        (b'{"edge": NaN}', "answers.json answers edge with NaN: give a finite number"),
        (b'{"edge": -Infinity}', "answers edge with -Infinity: give a finite number"),
        (b'{"edge": true}', "answers edge with true: give a finite number"),
        (b'{"edge": 1' + b"0" * 400 + b"}", "give a finite number"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value and value[:40],
)
def test_a_wrong_file_is_one_sentence_before_anything_runs(
    content: bytes | None,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "answers.json").write_bytes(content)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["learning-rate", "--predict", "answers.json", "--log-dir", "run"])
    said = capsys.readouterr()
    assert exit_.value.code == 2 and said.out == "" and said.err.count("\n") == 1 and sentence in said.err
    assert not (tmp_path / "run").exists()


def test_two_files_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["all", "--predict", "a.json", "b.json"])
    assert exit_.value.code == 2 and "one file, not 2" in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_an_example_of_answers_is_json() -> None:
    assert json.loads(guessing._example(KEYS)) == {"edge": 0.5}
