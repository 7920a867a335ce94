"""Whatever is typed, the answer is help, work or one sentence, and never a traceback."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from torchdemos import cli
from torchdemos.board import Board
from torchdemos.cli import running
from torchdemos.cli.parsing import COMMANDS, OTHER_NAMES, flag_names
from torchdemos.lab.playground.session import Session
from torchdemos.view import server, with_tensorboard

CALLS = 150
NUMBERS = [
    "0",
    "1",
    "-1",
    "3",
    "2.5",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1e-400",
    str(2**31),
    str(2**62),
    str(2**64),
    "0x10",
]
PATHS = [
    ".",
    "..",
    "/",
    "//",
    "~",
    "~nobody/x",
    "",
    " ",
    "-",
    "log",
    "no/such",
    "/dev/null",
    "/dev/zero",
    "a\0b",
    "ü" * 300,
]
WORDS = ["--", "=", "-h", "--help", "--version", "@log", "\x1b[31m", "cpu", "cuda", "he", "True", "None", "{}", "*"]


def words(rng: random.Random) -> list[str]:
    """A command, and flags of it or of others with values that fit or do not."""
    command = rng.choice([*COMMANDS, *COMMANDS, *OTHER_NAMES, *WORDS, *PATHS])
    flags = flag_names(COMMANDS.get(command, COMMANDS[rng.choice(list(COMMANDS))])) or ["x"]
    typed = [command]
    for _ in range(rng.randrange(4)):
        flag, value = f"--{rng.choice(flags)}", rng.choice([*NUMBERS, *PATHS, *WORDS])
        typed += rng.choice([[flag, value], [f"{flag}={value}"], [flag], [value], [flag[:-1], value]])
    return typed


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take minutes is left out: `benchmarks/reliability` runs it."""

    def run(config: Any, folder: Path, digits: Any, track: Any) -> dict[str, Any]:
        with Board(folder):
            raise KeyboardInterrupt

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    with Board(tmp_path / "log") as board:
        board.log(0, scalars={"1_overview/loss": 1.0})
    monkeypatch.setattr(running, "_run_one", run)
    monkeypatch.setattr(running, "_run_all", run)
    train = Session.run
    monkeypatch.setattr(Session, "run", lambda self, _: train(self, iter([False, True]).__next__))
    monkeypatch.setattr(with_tensorboard, "launch", lambda *address: "http://localhost:6006/")
    monkeypatch.setattr(server, "time", SimpleNamespace(sleep=interrupt))  # other threads of other tests sleep too


@pytest.mark.parametrize("seed", range(3))
def test_any_words_end_in_help_work_or_one_sentence(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(seed)
    for _ in range(CALLS // 3):
        typed = words(rng)
        try:
            cli.main(typed)
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        said = capsys.readouterr()
        assert code in (0, 1, 2, 130), (typed, said)
        assert "Traceback" not in said.err + said.out, typed
        assert "\x1b" not in said.err, typed
