"""The event file of a board: a folder of its own, and nothing lost on a full disk."""

import subprocess
import sys
from pathlib import Path

import pytest
from reading import Log

from torchdemos.board import Board


def test_a_used_folder_is_refused(tmp_path: Path) -> None:
    Board(tmp_path / "run").close()
    with pytest.raises(FileExistsError, match="run.*choose another"):
        Board(tmp_path / "run")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(OSError, match="is a file"):
        Board(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    with pytest.raises(OSError, match="cannot make the log folder /proc/no/run"):
        Board("/proc/no/run")


FILL = """
import resource, signal, sys, torch
from torchdemos.board import Board
board = Board(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
step = 0
try:
    while True:
        board.log(step, scalars={"s": float(step)})
        step += 1
except OSError as error:
    print(step, error.strerror)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
"""


def test_a_full_disk_is_one_sentence_and_loses_nothing_logged_before(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", FILL, tmp_path / "run"], capture_output=True, text=True, check=True
    ).stdout
    written = int(said.split()[0])
    assert "cannot write the log" in said and "everything logged before is intact" in said
    assert Log(tmp_path / "run").steps("s") == list(range(written)) and written > 10
