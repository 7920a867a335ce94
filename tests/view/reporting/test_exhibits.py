"""Which runs of a folder become exhibits."""

from pathlib import Path

import pytest

from torchdemos import report
from torchdemos.board import Board
from torchdemos.log import run_folder

from .demo_log import a_demo, data_of


def test_several_runs_have_a_table_of_contents(tmp_path: Path) -> None:
    a_demo(tmp_path / "one" / "a", "First?")
    a_demo(tmp_path / "two" / "b", "Second?")
    html = report(tmp_path).html
    assert html.index('<a href="#exhibit-0">First?</a>') < html.index('<section class="exhibit" id="exhibit-0"')
    assert len(data_of(html)) == 2 and html.count("<h1>") == 1


def test_of_many_runs_the_newest_are_shown_and_the_others_named(tmp_path: Path) -> None:
    for i in range(10):
        with Board(tmp_path / f"run{i}") as board:
            board.log(0, scalars={"a": 1.0})
            run_folder.describe(tmp_path / f"run{i}", "watch", {}, [])
    html = report(tmp_path).html
    assert len(data_of(html)) == 8 and "Left out: 2 older runs (run0, run1)" in html


@pytest.mark.parametrize("note", ["[]", "{", '{"pins": 3, "config": 4}', '{"pins": [[1], [1, 2, 3]]}', "[" * 10**5])
def test_notes_of_somebody_else_do_no_harm(tmp_path: Path, note: str) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={"a": 1.0})
    for name in (run_folder.NOTE, run_folder.RESULT):
        (tmp_path / "run" / name).write_text(note)
    assert "What run did in training" in report(tmp_path / "run").html
