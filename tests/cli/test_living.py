"""`torchdemos live` as its user runs it: a page, a training, and a readable end."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import OF_PROCESSES

from torchdemos import cli
from torchdemos.cli import living
from torchdemos.cli.parsing import Live
from torchdemos.lab.playground.session import Session

MISSION = {
    "question": "What is a step?",
    "task": "Take three.",
    "hint": "Wait.",
    "explanation": "Each goes down.",
    "goal": [{"words": "Three", "conditions": [{"quantity": "steps", "at_least": 3}]}],
}


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session is asked to end after five turns, as by Ctrl-C."""
    turn, turns = Session.turn, iter(range(5))

    def counted(session: Session) -> None:
        turn(session)
        if next(turns, None) is None:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Session, "turn", counted)


@pytest.fixture
def missions(tmp_path: Path) -> str:
    path = tmp_path / "missions.json"
    path.write_text(json.dumps([MISSION]))
    return str(path)


@pytest.mark.usefixtures("stopped")
def test_a_session_tells_its_address_and_how_to_stop_look_and_repeat(
    tmp_path: Path, missions: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, over = tmp_path / "log", list[str]()
    monkeypatch.setattr(living.Page, "over", lambda page, words: over.append(words))
    cli.main(["live", "--no-browser", "--port", "0", "--speed", "fast", "--log-dir", str(folder)])
    said = capsys.readouterr().out
    assert over[0].endswith(f" open {folder} shows its log")
    assert re.search(r"\n  http://127.0.0.1:\d+/[\w-]{20,}/\n", said)
    for words in ("What happens to a training", "Ctrl-C", f"open {folder}\n", f"replay {folder}\n"):
        assert words in said
    assert re.search(
        r"the loss went from .* \d+ steps were taken, and 0 of 5 missions were solved.", " ".join(said.split())
    )
    assert len(said.splitlines()) < 24
    cli.main(["replay", str(folder)])
    assert "all weights are the same, bit by bit" in capsys.readouterr().out
    assert json.loads((folder / "result.json").read_text())["verdict"].endswith("missions were solved.")


@pytest.mark.usefixtures("stopped")
def test_json_is_one_document_that_says_which_missions_were_solved(
    tmp_path: Path, missions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--no-browser", "--port", "0", "--speed", "fast", "--log-dir", str(tmp_path / "log"), "--json"]
    cli.main(["live", *flags, "--missions", missions])
    found = json.loads(capsys.readouterr().out)
    (mission,) = found["missions"]
    assert (mission["question"], mission["solved"]) == ("What is a step?", True)
    assert found["log"] == str(tmp_path / "log") and 3 <= mission["steps"] <= found["steps"]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--seed", "-1"], "seed -1 is out of range"),
        (["--missions", "none.json"], "--missions cannot read none.json: No such file or directory"),
        (["--data-dir", "none"], "no MNIST in none"),
        (["--port", "70000"], "70000"),
        (["--speed", "ludicrous"], "ludicrous"),
    ],
)
def test_bad_input_is_one_message_and_leaves_no_log(
    flags: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["live", "--no-browser", *flags])
    assert exit_.value.code == 2
    said = capsys.readouterr()
    assert says in said.err + said.out
    assert not (tmp_path / "logs").exists()


def test_a_busy_port_leaves_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with living.closing(living.Page(lambda name, value: value, port=0)) as page:
        port = int(re.search(r":(\d+)/", page.address)[1])  # type: ignore[index]
        with pytest.raises(OSError, match=str(port)):
            living.live(Live(port=port, no_browser=True))
    assert not (tmp_path / "logs").exists()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "torchdemos", "live", "--no-browser", "--port", "0", "--log-dir", "log"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as started:
        yield started
        started.kill()


def test_sigterm_ends_a_real_session_with_a_log_that_repeats(process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert process.stdout
    address = next(line.strip() for line in process.stdout if line.startswith("  http"))
    with urllib.request.urlopen(f"{address}events", timeout=OF_PROCESSES) as events:
        for line in events:
            if line.startswith(b"data: ") and json.loads(line[6:]).get("points"):
                break
    process.send_signal(signal.SIGTERM)
    said, errors = process.communicate(timeout=OF_PROCESSES)
    assert (process.returncode, errors) == (0, "")
    assert "Repeat it:" in said
    note = json.loads((tmp_path / "log" / "01_linear_xavier" / "training.json").read_text())
    assert note["steps"] >= 1 and len(note["weights"]) == 64


def test_a_session_that_fails_says_so_on_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def fail(session: Session) -> None:
        raise RuntimeError("no more memory")

    monkeypatch.setattr(Session, "turn", fail)
    monkeypatch.setattr(living.Page, "over", lambda page, words: told.append(words))
    with pytest.raises(RuntimeError):
        living.live(Live(no_browser=True, port=0, log_dir=tmp_path / "log"))
    assert told == ["it ended with an error, RuntimeError: no more memory"]
