"""Commands that end early: interrupted, or with nobody who reads on."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reading import Log

from torchdemos.cli import ending
from torchdemos.log import run_folder


def interrupt(number: signal.Signals, folder: Path) -> tuple[int, str]:
    """Start a long run, send it a signal once it has logged training steps, and hear what it says."""
    arguments = ["gradient-flow", "--steps", "100000", "--width", "12", "--repeats", "1", "--log-dir", str(folder)]
    run = subprocess.Popen(
        [sys.executable, "-m", "torchdemos", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 600  # two minutes are too few where others keep the machine busy
    while time.monotonic() < deadline and run.poll() is None:
        if (folder / "0_vanish").exists() and any(
            f.stat().st_size > 300_000 for f in (folder / "0_vanish").glob(run_folder.EVENT_FILES)
        ):
            break
        time.sleep(0.1)
    run.send_signal(number)
    said, _ = run.communicate(timeout=60)
    return run.returncode, said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_a_whole_log_and_says_where(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    returned, said = interrupt(number, tmp_path / "run")
    assert returned == code and "Traceback" not in said
    interrupted = re.search(r"complete up to here \(training, (\d+) of 100000\)", said)
    assert interrupted and f"torchdemos open {tmp_path / 'run'}" in said
    steps = Log(tmp_path / "run" / "0_vanish").steps("1_overview/loss")
    assert steps == list(range(len(steps))) and len(steps) >= int(interrupted[1])


TINY = ["neurons", "--steps", "1", "--batch", "8", "--model", "mlp", "--trials", "1", "--log-dir"]


def unread(*words: str) -> tuple[int, str]:
    """Exit code and error output of a command whose reader has already left."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "torchdemos", *words]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(writing)
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("words", [["--help"], ["report", "--help"], ["--version"]], ids=" ".join)
def test_output_that_nobody_reads_is_no_error(words: list[str]) -> None:
    assert unread(*words) == (141, "")


def test_a_run_that_nobody_reads_ends_quietly(tmp_path: Path) -> None:
    assert unread(*TINY, str(tmp_path / "run")) == (141, "")


def test_a_run_with_a_closed_stdout_goes_to_its_end(tmp_path: Path) -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "torchdemos", *TINY, str(tmp_path / "run")]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert run_folder.read(tmp_path / "run" / run_folder.RESULT)["verdict"]


def test_help_into_a_pipe_shows_its_first_line() -> None:
    shown = subprocess.run(
        ["sh", "-c", '"$@" | head -1', "sh", sys.executable, "-m", "torchdemos", "--help"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert shown.stdout.startswith("usage: torchdemos ") and shown.stdout.count("\n") == 1 and shown.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_that_ends_itself_is_asked_once_and_interrupted_the_second_time(number: int) -> None:
    before = signal.getsignal(number)
    with ending.ends_when_asked() as is_over:
        assert not is_over()
        signal.raise_signal(number)
        assert is_over()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before
