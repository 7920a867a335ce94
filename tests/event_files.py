"""Event files written record by record, also as no writer should leave them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary

from torchdemos.board import wire

VERSION = Event(wall_time=1.0, file_version="brain.Event:2")


def scalars(step: int, **values: float) -> Event:
    found = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    return Event(wall_time=2.0, step=step, summary=Summary(value=found))


def text(step: int, words: str, tag: str = "note/text_summary") -> Event:
    value = Summary.Value(tag=tag)
    value.tensor.dtype = 7
    value.tensor.string_val.append(words.encode())
    value.metadata.plugin_data.plugin_name = "text"
    return Event(wall_time=2.0, step=step, summary=Summary(value=[value]))


def start(step: int) -> Event:
    """What `SummaryWriter(purge_step=step)` writes."""
    return Event(wall_time=2.0, step=step, session_log=SessionLog(status=SessionLog.START))


def records(events: Iterable[Event]) -> list[bytes]:
    return [wire.record(event.SerializeToString()) for event in events]


def write(folder: Path, *files: Sequence[Event]) -> Path:
    """A run of these files, in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, events in enumerate(files):
        (folder / f"events.out.tfevents.{number}").write_bytes(b"".join(records(events)))
    return folder


def doubles(step: int, values: dict[str, float]) -> Event:
    """Scalars with all digits and all powers of a float64, as some writers write them."""
    event = Event(wall_time=2.0, step=step)
    for tag, value in values.items():
        written = event.summary.value.add(tag=tag)
        written.tensor.dtype = 2
        written.tensor.double_val.append(value)
    return event


def blobs(step: int, tag: str, contents: Sequence[bytes]) -> Event:
    """A snapshot, or with the tag "answer" a page."""
    event = Event(wall_time=2.0, step=step)
    value = event.summary.value.add(tag=tag)
    value.tensor.dtype = 7
    value.tensor.string_val.extend(contents)
    value.metadata.plugin_data.plugin_name = "torchdemos"
    return event
