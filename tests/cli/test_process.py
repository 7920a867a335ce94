"""How this process was started."""

import sys
from pathlib import Path

import pytest

from torchdemos.cli import process


def test_the_command_to_look_works_as_it_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    assert process.command() == ".venv/bin/torchdemos"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert process.command() == str(tmp_path / ".venv" / "bin" / "torchdemos")
