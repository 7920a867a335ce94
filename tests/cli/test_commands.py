"""The command line, as its user types it."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from reading import Log

from torchdemos import cli
from torchdemos.cli import running

pytestmark = pytest.mark.usefixtures("short")
TINY = ["--steps", "3", "--width", "12", "--depth", "6", "--repeats", "1", "--batch", "8"]


def fail(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        cli.main(list(arguments))
    return exit_.value.code  # type: ignore[return-value]


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence of a command that must fail with exit code 2."""
    assert fail(*arguments) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return " ".join(said.replace("│", " ").split())


def test_a_run_tells_question_data_claims_verdict_and_where_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["gradient-flow", "--log-dir", str(tmp_path / "run"), *TINY])
    said = capsys.readouterr().out
    order = [
        "What is the chain rule?",
        "Data: embedded sample",
        "predicted",
        "measured",
        "Depth multiplies",
        "torchdemos open",
    ]
    places = [said.find(part) for part in order]
    assert -1 not in places and places == sorted(places)


def test_a_run_notes_its_settings_and_pins(tmp_path: Path) -> None:
    cli.main(["neurons", "--log-dir", str(tmp_path / "run"), "--steps", "2", "--model", "mlp"])
    note = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (note["demo"], note["config"]["steps"], note["config"]["model"]) == ("neurons", 2, "mlp")
    runs = {path.name for path in (tmp_path / "run").iterdir() if path.is_dir()}
    assert {run for _, _, run in note["pins"] if run} == runs | {"."} == {"1_mlp", "."}


def test_every_pinned_card_is_there(tmp_path: Path) -> None:
    cli.main(["gradient-flow", "--log-dir", str(tmp_path / "run"), *TINY])
    runs = {path.name: Log(path) for path in (tmp_path / "run").iterdir() if path.is_dir()}
    runs["."] = Log(tmp_path / "run")
    for plugin, tag, run in json.loads((tmp_path / "run" / "run.json").read_text())["pins"]:
        assert any(tag in log.tags(plugin) for name, log in runs.items() if run in (name, None)), (plugin, tag, run)


def test_runs_get_a_folder_of_their_own_under_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        cli.main(["neurons", "--steps", "1", "--model", "mlp"])
    assert len(list((tmp_path / "logs" / "neurons").iterdir())) == 2


def test_the_command_to_look_works_as_it_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    assert running._command() == ".venv/bin/torchdemos"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert running._command() == str(tmp_path / ".venv" / "bin" / "torchdemos")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gradient-flow", "--lr", "-0.1"], "--lr -0.1 is not a learning rate: give a positive number"),
        (["neurons", "--lr", "nan"], "--lr nan is not a learning rate"),
        (["neurons", "--seed", "99999999999999999999"], "--seed 99999999999999999999 is out of range"),
        (["neurons", "--lr", "1e300"], "--lr 1e+300 is not a learning rate"),
        (["neurons", "--batch", "1000000000000"], "cannot be drawn from 4,000 images"),
        (["open", "--port", "-5"], "--port -5 is not a port"),
        (["neurons", "--steps", "0"], "--steps 0 is too few: give 1 or more"),
        (["gradient-flow", "--depth", "2"], "--depth 2 is too shallow"),
        (["neurons", "--device", "tpu"], "Expected one of ('auto', 'cpu', 'cuda', 'mps')"),
        (["neurons", "--model", "gpt"], "Expected one of ('both', 'cnn', 'mlp')"),
        (["neurons", "--data-dir", "/nowhere"], "/nowhere"),
        (["neurons", "--log-dir", "/proc/no/run"], "cannot make the log folder /proc/no/run"),
        (["open", "/nowhere"], "there is no log folder /nowhere"),
        (["nosuch"], "neurons"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sentence in error_of(capsys, *arguments)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--device cuda is not available here: use --device auto or cpu" in error_of(
        capsys, "neurons", "--device", "cuda"
    )


def test_a_used_log_folder_is_refused_and_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert "is already in use" in error_of(capsys, "neurons", "--log-dir", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_open_refuses_a_folder_without_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no TensorBoard log in" in error_of(capsys, "open", str(tmp_path))


@pytest.mark.parametrize("arguments", [["--help"], ["gradient-flow", "--help"], ["neurons", "--help"]])
def test_help_does_not_load_torch(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom torchdemos import cli\n"
        f"try: cli.main({arguments})\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "What is a neuron?" in said or "--steps" in said
    assert said.splitlines()[-1] == "False"


def interrupt(number: signal.Signals, folder: Path) -> tuple[int, str]:
    """Start a long run, send it a signal once it has logged training steps, and hear what it says."""
    arguments = ["gradient-flow", "--steps", "100000", "--width", "12", "--repeats", "1", "--log-dir", str(folder)]
    run = subprocess.Popen(
        [sys.executable, "-m", "torchdemos", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and run.poll() is None:
        if (folder / "0_vanish").exists() and any(
            f.stat().st_size > 300_000 for f in (folder / "0_vanish").glob("*tfevents*")
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
