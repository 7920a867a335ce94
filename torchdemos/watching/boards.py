"""The board that a watched model is shown on."""

from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from torchdemos.board import Board, Place, layout
from torchdemos.log import run_folder, tags, watched
from torchdemos.log.places import place
from torchdemos.log.warning import warn

MIXED = "this board already shows a watched model, and curves under the same tags mix: give each model a prefix"
NOT_OURS = "resume=True is for a folder: of a board of your own say Board(folder, resume=True)"
_prefixes: WeakKeyDictionary[Any, tags.Unique[str]] = WeakKeyDictionary()  # prefixes in use, by board


def opened(board: Board | Place, detail: str, prefix: str, resume: bool) -> tuple[Board, str]:
    """The board, opened if it is a folder, and the prefix that the model has on it alone.

    Warns if the folder is in use and a free one is taken, or if two models have one prefix.
    """
    if isinstance(board, (str, Path)):
        found = fresh(board, detail, prefix, resume)
        if found.folder != place(board):
            warn(f"{board} is in use: this run is {found.folder}")
        return found, prefix
    if resume:
        raise ValueError(NOT_OURS)
    in_use = _prefixes.setdefault(board, tags.Unique(tags.clean))
    if prefix in in_use:
        warn(MIXED)
    return board if isinstance(board, Board) else Board(board), in_use[prefix]


def fresh(folder: str | Path, detail: str, prefix: str, resume: bool = False) -> Board:
    """A board in this folder or, if it is in use, in the first of `folder_2`, `folder_3`, ... that is free."""
    board = _first_free(place(folder), resume)
    board.show(layout.custom_scalars(watched.charts(prefix)))
    home = board.folder.absolute()

    def describe() -> None:
        run_folder.describe(home, "watch", {"detail": detail}, watched.pins(prefix))

    def describe_again() -> None:
        with suppress(OSError):
            if not (home / run_folder.NOTE).exists():
                describe()

    board.when_forgotten(describe_again)
    describe()
    return board


def _first_free(folder: Path, resume: bool) -> Board:
    for name in run_folder.names(folder):
        try:
            return Board(name, resume)
        except FileExistsError:
            continue
    raise AssertionError("there is always another name")
