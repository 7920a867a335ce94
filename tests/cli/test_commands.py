"""Bad input to any command is one sentence and exit code 2."""

import importlib
import sys
from pathlib import Path

import pytest
import torch

from torchdemos import cli
from torchdemos.cli import commands

pytestmark = pytest.mark.usefixtures("short")


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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gradient-flow", "--lr", "-0.1"], "--lr -0.1 is not a learning rate: give a positive number"),
        (["neurons", "--lr", "nan"], "--lr nan is not a learning rate"),
        (["neurons", "--seed", "99999999999999999999"], "--seed 99999999999999999999 is out of range"),
        (["neurons", "--lr", "1e300"], "--lr 1e+300 is not a learning rate"),
        (["neurons", "--batch", "5000"], "cannot be drawn from 4,000 images"),
        (["neurons", "--batch", "1000000000000"], "--batch 1000000000000 is too many: give 60,000 or fewer"),
        (["open", "--port", "-5"], "port -5 is not a port"),
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


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [(["report", "log"], "name the folder of a single run"), (["loss"], "make the network or the batch smaller")],
)
def test_advice_about_memory_fits_what_took_it(
    arguments: list[str], advice: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: object) -> None:
        raise MemoryError

    monkeypatch.setattr(commands, "_obey", fail)
    assert error_of(capsys, *arguments) == f"torchdemos: not enough memory for this: {advice}"


def test_a_demo_without_what_it_needs_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)  # as if it were not installed
    monkeypatch.setattr(commands, "run", lambda config: importlib.import_module("scipy.optimize"))
    assert "this needs scipy: run pip install 'torchdemos[demos]'" in error_of(capsys, "neurons")
