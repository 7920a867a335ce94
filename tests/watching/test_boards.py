"""The board of a watched model: a folder of its own, one that is resumed, or a board that it shares."""

from pathlib import Path

import pytest
from reading import Log
from small import small, train
from torch import nn

from torchdemos import Board, every, watch
from torchdemos.log import run_folder, tags
from torchdemos.watching.steps import Watch

TOTAL = f"{tags.GRADIENT_SUMMARY}/total"


def looks(around: Watch, model: nn.Module, steps: range) -> None:
    for step in steps:
        with around(step):
            train(model)


def test_a_run_goes_on_after_a_checkpoint(tmp_path: Path) -> None:
    model = small()
    looks(watch(model, tmp_path / "mine", alert=None), model, range(45))
    around = watch(model, tmp_path / "mine", alert=None, resume=True)
    looks(around, model, range(25, 55))  # the look at step 30 comes five steps after the checkpoint
    log = Log(tmp_path / "mine")
    assert log.steps(TOTAL) == [0, 10, 20, 30, 40, 50]
    assert log.content("custom_scalars__config__") and log.text("layers")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_a_stopped_run_logged_after_the_checkpoint_counts_no_more(tmp_path: Path) -> None:
    model = small()
    looks(watch(model, tmp_path / "mine", every(1), alert=None), model, range(8))
    looks(watch(model, tmp_path / "mine", alert=None, resume=True), model, range(5, 9))
    assert Log(tmp_path / "mine").steps(TOTAL) == [0, 1, 2, 3, 4]


def test_a_folder_that_holds_no_run_starts_one(tmp_path: Path) -> None:
    model = small()
    looks(watch(model, tmp_path / "mine", every(1), alert=None, resume=True), model, range(2))
    assert Log(tmp_path / "mine").steps(TOTAL) == [0, 1]
    assert run_folder.newest(tmp_path) is not None


def test_a_board_of_ones_own_is_resumed_by_itself(tmp_path: Path) -> None:
    model = small()
    with Board(tmp_path / "mine") as board:
        with pytest.raises(ValueError, match=r"say Board\(folder, resume=True\)"):
            watch(model, board, resume=True)
        looks(watch(model, board, every(1), alert=None), model, range(4))
    with Board(tmp_path / "mine", resume=True) as board:
        looks(watch(model, board, every(1), alert=None), model, range(2, 3))
    assert Log(tmp_path / "mine").steps(TOTAL) == [0, 1, 2]


def test_two_prefixes_that_are_alike_in_a_tag_share_no_curve(tmp_path: Path) -> None:
    prefixes = ["a b", "a.b", "a (b)", "()", ""]
    with Board(tmp_path / "mine") as board:
        for step, prefix in enumerate(prefixes):
            looks(watch(model := small(), board, every(1), prefix=prefix, alert=None), model, range(step, step + 1))
    log = Log(tmp_path / "mine")
    assert sorted(log.steps(tag) for tag in log.tags() if tag.endswith(TOTAL)) == [[0], [1], [2], [3], [4]]


def test_a_folder_that_is_lost_has_its_note_again(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", every(1), alert=None)
    looks(around, model, range(2))
    for path in (tmp_path / "mine").iterdir():
        path.unlink()
    (tmp_path / "mine").rmdir()
    with pytest.warns(UserWarning, match="was removed by others: this run goes on in"):
        looks(around, model, range(2, 3))
    log = Log(tmp_path / "mine")
    assert log.steps(TOTAL) == [2] and log.text("layers") and log.content("custom_scalars__config__")
    assert run_folder.newest(tmp_path) is not None
