"""Event files: bytes a scalar, time to write one and to read them back, one event a look against one a scalar."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fresh
import tables
import workloads
from settings import Settings
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from timing import Contestant
from torch.utils.tensorboard import SummaryWriter
from watchers import WATCHERS

from torchdemos.board import Board
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.view import events

POINTS = 600_000
TITLE = "Event files"
ABOUT = f"""{POINTS:,} scalars under the tags of a look at W1: written as one event a look (`torchdemos`) and as one
event a scalar (`SummaryWriter.add_scalar`), and read back with TensorBoard's own `EventAccumulator`, keeping all."""


def subjects() -> list[str]:
    return ["scalars"]


def measure(subject: str, settings: Settings) -> dict[str, Any]:
    return {kind: fresh.call("files", "round_trip", settings.threads, kind, POINTS) for kind in WAYS}


def round_trip(kind: str, points: int) -> dict[str, float]:
    """Write, then read; both in this process."""
    tags = tags_of_a_look()
    with TemporaryDirectory() as name:
        folder = Path(name) / "log"
        started = time.perf_counter()
        WAYS[kind](folder, tags, points // len(tags))
        written = time.perf_counter()
        size = sum(path.stat().st_size for path in folder.rglob(EVENT_FILES))
        begun = time.perf_counter()
        reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
        reader.Reload()
        count = sum(len(reader.Scalars(tag)) for tag in reader.Tags()["scalars"])
        return {
            "points": count,
            "tags": len(tags),
            "bytes": size / count,
            "write": (written - started) / count,
            "read": time.perf_counter() - begun,
        }


def tags_of_a_look() -> list[str]:
    """The tags that a watched W1 writes."""
    with TemporaryDirectory() as folder:
        contestant = Contestant(workloads.WORKLOADS["W1"], WATCHERS["torchdemos"].attach, Path(folder))
        contestant.block(1)
        return list(events.read(Path(folder) / "log").scalars)


def one_event_a_look(folder: Path, tags: list[str], looks: int) -> None:
    with Board(folder) as board:
        for step in range(looks):
            board.log(step, scalars=dict.fromkeys(tags, 1 / (step + 1)))


def one_event_a_scalar(folder: Path, tags: list[str], looks: int) -> None:
    with SummaryWriter(str(folder)) as writer:
        for step in range(looks):
            for tag in tags:
                writer.add_scalar(tag, 1 / (step + 1), step)


WAYS: dict[str, Callable[[Path, list[str], int], None]] = {
    "one event a look": one_event_a_look,
    "one event a scalar": one_event_a_scalar,
}


def page(found: Mapping[str, dict[str, Any]]) -> str:
    return "\n\n".join(map(_table, found.values()))


def _table(part: Mapping[str, Any]) -> str:
    look, scalar = part.values()
    head = ("written as", "scalars", "bytes a scalar", "to write one", "to read all")
    faster = f"Reading one event a look is {scalar['read'] / look['read']:.1f} times as fast."
    return f"{tables.table(head, (_row(kind, cells) for kind, cells in part.items()))}\n\n{faster}"


def _row(kind: str, cells: Mapping[str, float]) -> list[str]:
    times = f"{1e6 * cells['write']:.1f} us", f"{cells['read']:.1f} s"
    return [kind, f"{cells['points']:,}", f"{cells['bytes']:.1f}", *times]
