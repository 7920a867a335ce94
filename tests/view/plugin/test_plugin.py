"""TensorBoard starts whatever is wrong with the tab."""

import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.plugins import base_plugin

from torchdemos.view import plugin


def test_a_tab_that_cannot_be_loaded_leaves_a_warning_and_no_tab(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torchdemos.view.plugin.tab", None)
    assert plugin.Loader().load(base_plugin.TBContext()) is None
    assert "Answer tab" in caplog.text


BROKEN = """
import sys
sys.modules["torchdemos.view.profiles"] = None
from tensorboard import program
board = program.TensorBoard()
board.configure(argv=["", "--logdir", sys.argv[1], "--port", "0", "--load_fast", "false"])
print("started", board.launch().startswith("http"))
"""


def test_tensorboard_starts_without_the_tab_when_a_part_of_it_is_missing(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", BROKEN, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout == "started True\n"
    assert "Answer tab of torchdemos is not there" in ran.stderr
