"""Event files read without TensorBoard's own loader: everything, in order, in milliseconds a megabyte.

No content of a file raises an error: reading ends at a torn or damaged record and skips values of other kinds.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from torchdemos.log import answers
from torchdemos.log.plugin import PLUGIN
from torchdemos.log.run_folder import EVENT_FILES

HEADER_BYTES, FOOTER_BYTES = 12, 4  # a length and its checksum before a record, a checksum behind it
TEXT_SUFFIX = "/text_summary"  # PyTorch and torchdemos append it to the tag of a text
NUMBER_TYPES = {  # by tensorboard.compat.proto.types_pb2.DataType: field of the tensor, code of `struct`, bytes
    1: ("float_val", "f", 4),
    2: ("double_val", "d", 8),
    3: ("int_val", "i", 4),
    9: ("int64_val", "q", 8),
}

Content = TypeVar("Content")
Series = list[tuple[int, Content]]  # (step, content)


@dataclass
class LoggedRun:
    """What the event files of one folder hold, by tag. Series are sorted by step; the last version of a text counts.

    `answer` is what the Answer view shows, None if the run has no page of its own. `ended` is when the last value was
    written, in seconds since 1970.
    """

    scalars: dict[str, Series[float]] = field(default_factory=dict)
    pictures: dict[str, Series[bytes]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    neurons: dict[str, Series[Sequence[bytes]]] = field(default_factory=dict)
    answer: answers.Page | None = None
    descriptions: dict[str, str] = field(default_factory=dict)
    ended: float = field(default=0.0, compare=False)


def runs(folder: Path) -> dict[str, LoggedRun]:
    """Every run in a folder and below it, by its name there ("." for the folder itself), sorted by name.

    Links to folders are not followed. Files that cannot be read are left out.
    """
    folders = sorted({path.parent for path in folder.rglob(EVENT_FILES)})
    found = {path.relative_to(folder).as_posix(): read(path) for path in folders}
    return {name: run for name, run in found.items() if run != LoggedRun()}


def read(folder: Path) -> LoggedRun:
    """The run in this folder, from all its event files."""
    run = LoggedRun()
    for path in sorted(folder.glob(EVENT_FILES)):
        for event in events(path):
            if event.session_log.status == SessionLog.START:
                _restart(run, event.step)
            for value in event.summary.value:
                _add(run, event.step, value)
                run.ended = max(run.ended, event.wall_time)
    for kind in (run.scalars, run.pictures, run.neurons):
        for series in kind.values():
            series.sort(key=lambda point: point[0])
    return run


def events(path: Path) -> Iterator[Event]:
    """The events of one file, up to a torn or damaged record."""
    for record in _records(_content(path)):
        try:
            yield Event.FromString(record)
        except DecodeError:
            return


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _records(content: bytes) -> Iterator[bytes]:
    """Each record stands between its length and a checksum, which nothing checks: that would take most of the time."""
    start = HEADER_BYTES
    while start <= len(content):
        (length,) = struct.unpack_from("<Q", content, start - HEADER_BYTES)
        end = start + length
        if end + FOOTER_BYTES > len(content):
            return
        yield content[start:end]
        start = end + FOOTER_BYTES + HEADER_BYTES


def _restart(run: LoggedRun, step: int) -> None:
    """Leave out what a run logged at this step and later before it went on from there."""
    kinds: tuple[dict[str, Any], ...] = run.scalars, run.pictures, run.neurons
    for kind in kinds:
        for tag, series in list(kind.items()):
            if not (kept := [point for point in series if point[0] < step]):
                del kind[tag]
            series[:] = kept


def _add(run: LoggedRun, step: int, value: Any) -> None:
    """Put one value where it belongs; other kinds, such as histograms, are left out."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        run.scalars.setdefault(value.tag, []).append((step, value.simple_value))
    elif kind == "image":
        run.pictures.setdefault(value.tag, []).append((step, value.image.encoded_image_string))
    elif kind == "tensor":
        _add_tensor(run, step, value)
    if value.metadata.summary_description:
        run.descriptions.setdefault(value.tag, value.metadata.summary_description)


def _add_tensor(run: LoggedRun, step: int, value: Any) -> None:
    """Other writers put scalars and pictures into tensors too; the plugin's name tells which it is."""
    plugin, strings = value.metadata.plugin_data.plugin_name, list(value.tensor.string_val)
    if plugin == PLUGIN and value.tag == answers.TAG and strings:
        run.answer = answers.unpack(strings[0]) or run.answer
    elif plugin == PLUGIN and strings:
        run.neurons.setdefault(value.tag, []).append((step, strings))
    elif plugin == "images" and len(strings) > 2:  # width, height, then the samples
        run.pictures.setdefault(value.tag, []).append((step, strings[2]))
    elif (plugin == "text" or value.tag.endswith(TEXT_SUFFIX)) and strings:
        run.texts[value.tag.removesuffix(TEXT_SUFFIX)] = strings[0].decode(errors="replace")
    elif (number := _number(value.tensor)) is not None:
        run.scalars.setdefault(value.tag, []).append((step, number))


def _number(tensor: Any) -> float | None:
    """The number in a tensor; None if it holds something else or not exactly one."""
    if tensor.dtype not in NUMBER_TYPES:
        return None
    name, code, size = NUMBER_TYPES[tensor.dtype]
    if len(tensor.tensor_content) == size:
        return float(struct.unpack(f"<{code}", tensor.tensor_content)[0])
    values = getattr(tensor, name)
    return float(values[0]) if len(values) == 1 else None


def descriptions(found: Iterable[LoggedRun]) -> Mapping[str, str]:
    """The descriptions of the tags of several runs; the first run that describes a tag counts."""
    return {tag: words for run in reversed(list(found)) for tag, words in run.descriptions.items()}
