"""What others do to a log while it is written: a disk that fills and empties, a folder removed, a file cut short.

Run `python -m benchmarks.reliability.disks`. A limit on the size of a file stands for the full disk, because a user may
set one: writes stop halfway there too.
"""

import resource
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from torchdemos import Board, every, watch
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.watching.steps import Watch

STEPS, FROM, UNTIL = 60, 20, 40  # in between the disk is full
TAG = "1_overview/loss"
Row = tuple[str, int, int]


def trial() -> list[Row]:
    """For each mishap: its name, how many looks a log must have, and how many of those TensorBoard does not show."""
    with tempfile.TemporaryDirectory() as root:
        boards: dict[str, Callable[[Path], object]] = {
            "a folder": lambda folder: folder,
            "a board": Board,
            "a SummaryWriter": lambda folder: SummaryWriter(str(folder)),
        }
        rows = [full_disk(what, Path(root, str(i)), made) for i, (what, made) in enumerate(boards.items())]
        rows += [spoiled("the folder is removed", Path(root, "gone"), shutil.rmtree, UNTIL)]
        rows += [spoiled("the file is removed", Path(root, "file"), remove, UNTIL)]
        rows += [spoiled("the file is copied and truncated", Path(root, "cut"), truncate, UNTIL)]
        rows += [spoiled("half a record is cut off", Path(root, "half"), cut_half_a_record, 0)]
        return rows


def full_disk(what: str, folder: Path, made: Callable[[Path], object]) -> Row:
    """A writer of the user's own takes nothing any more once its disk was full, until its owner opens it again."""
    board = made(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        around, model = watched(board)
        steps(around, model, range(FROM))
        size = max(path.stat().st_size for path in folder.glob(EVENT_FILES))
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, most))
        steps(around, model, range(FROM, UNTIL))
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        due = [*range(FROM), *range(UNTIL, STEPS)]
        if isinstance(board, SummaryWriter):
            due = due[:FROM]
        steps(around, model, range(UNTIL, STEPS))
    return f"the disk of {what} is full for a while", len(due), missing(folder, due)


def spoiled(what: str, folder: Path, spoil: Callable[[Path], object], first: int) -> Row:
    """Looks from step `first` on must be in the log, whatever others have done to what was logged before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        around, model = watched(folder)
        steps(around, model, range(UNTIL))
        spoil(folder)
        steps(around, model, range(UNTIL, STEPS))
    due = [step for step in range(first, STEPS) if step != UNTIL - 1 or first == UNTIL]
    return what, len(due), missing(folder, due)


def watched(board: object) -> tuple[Watch, nn.Module]:
    model = nn.Linear(4, 2)
    return watch(model, board, every(1), alert=None), model  # type: ignore[arg-type]


def steps(around: Watch, model: nn.Module, numbers: range) -> None:
    for step in numbers:
        with around(step):
            loss = model(torch.ones(3, 4)).square().mean()
            loss.backward()
            around.loss(loss)


def remove(folder: Path) -> None:
    only(folder).unlink()


def truncate(folder: Path) -> None:
    with only(folder).open("r+b") as file:
        file.truncate(0)


def cut_half_a_record(folder: Path) -> None:
    file = only(folder)
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 30)


def only(folder: Path) -> Path:
    (file,) = folder.glob(EVENT_FILES)
    return file


def missing(folder: Path, due: list[int]) -> int:
    log = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    log.Reload()
    shown = {event.step for event in log.Scalars(TAG)} if TAG in log.Tags()["scalars"] else set()
    return len([step for step in due if step not in shown])


if __name__ == "__main__":
    for row in trial():
        print(*row, sep="\t")
