"""Looking at a log needs no torch, and nothing that runs or watches a model."""

import subprocess
import sys
from pathlib import Path

import pytest

from torchdemos.board import Board
from torchdemos.log import run_folder

VIEW = """
import importlib, pkgutil, sys
import torchdemos.diagnosis, torchdemos.log
import torchdemos.view.events, torchdemos.view.plugin.tab, torchdemos.view.profiles, torchdemos.view.server
import torchdemos.view.reporting.report
for module in pkgutil.iter_modules(torchdemos.log.__path__, "torchdemos.log."):
    importlib.import_module(module.name)
"""
OPEN = (
    VIEW
    + """
from pathlib import Path
torchdemos.view.reporting.report.report(sys.argv[1])
assert "pinnedCards" in torchdemos.view.cards.address(Path(sys.argv[1]))
"""
)
SAY = """
barred = ("torch", "torchvision", "torchdemos.lab", "torchdemos.watching", "torchdemos.hooks")
print([name for name in sys.modules for room in barred if name == room or name.startswith(f"{room}.")])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={"loss": 1.0, "2_grad_norm_log10/00_fc1": 0.5}, texts={"README": "# **Why?**"})
        run_folder.describe(board.folder, "demo", {}, [("scalars", "loss", None)])
    return tmp_path / "run"


def loaded(code: str, *arguments: str) -> str:
    """What the code prints in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_view_loads_neither_torch_nor_the_other_wings() -> None:
    assert loaded(VIEW + SAY) == "[]"


def test_opening_a_log_loads_neither_torch_nor_the_other_wings(folder: Path) -> None:
    assert loaded(OPEN + SAY, str(folder)) == "[]"


def test_the_check_sees_what_is_loaded() -> None:
    assert "torchdemos.hooks" in loaded("import sys, torchdemos.hooks" + SAY)


def test_importing_the_report_does_not_wait_for_the_markdown_library() -> None:
    assert loaded("import sys, torchdemos.view.reporting.report\nprint('markdown_it' in sys.modules)") == "False"
