"""Reading event files without TensorBoard's own loader: everything, in order, in milliseconds a megabyte.

Nothing that lies in a file raises: a torn tail, garbage or a record of another kind ends or skips what it spoils.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from tensorboard.compat.proto.event_pb2 import Event

HEADER, FOOTER = 12, 4  # a length and its checksum before a record, a checksum behind it
PATTERN = "*tfevents*"
NEURONS = "torchdemos"  # the plugin that snapshots of neurons are for
TEXT = "/text_summary"  # what PyTorch and torchdemos put behind the tag of a text
NUMBERS = {1: ("float_val", "f", 4), 2: ("double_val", "d", 8), 3: ("int_val", "i", 4), 9: ("int64_val", "q", 8)}
STRING = 7  # of tensorboard.compat.proto.types_pb2.DataType


@dataclass
class Run:
    """What one folder's event files hold, by tag, in the order of their steps."""

    scalars: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    pictures: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    neurons: dict[str, list[tuple[int, Sequence[bytes]]]] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)


def runs(folder: Path) -> dict[str, Run]:
    """Every run in a folder or below it by its name there, "." for the folder itself, sorted by name.

    Links to folders are not followed, files that cannot be read are left out.
    """
    folders = sorted({path.parent for path in folder.rglob(PATTERN)})
    found = {path.relative_to(folder).as_posix(): read(path) for path in folders}
    return {name: run for name, run in found.items() if run != Run()}


def read(folder: Path) -> Run:
    """The run whose event files, one or several, lie in this folder."""
    run = Run()
    for path in sorted(folder.glob(PATTERN)):
        for event in events(path):
            for value in event.summary.value:
                _take(run, event.step, value)
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
    """Length, its checksum, the record, its checksum. The checksums are not looked at: they take most of the time."""
    start = HEADER
    while start <= len(content):
        (length,) = struct.unpack_from("<Q", content, start - HEADER)
        end = start + length
        if end + FOOTER > len(content):
            return
        yield content[start:end]
        start = end + FOOTER + HEADER


def _take(run: Run, step: int, value: Any) -> None:
    """Put one value where it belongs; other kinds, such as histograms, are left out."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        run.scalars.setdefault(value.tag, []).append((step, value.simple_value))
    elif kind == "image":
        run.pictures.setdefault(value.tag, []).append((step, value.image.encoded_image_string))
    elif kind == "tensor":
        _take_tensor(run, step, value)
    if value.metadata.summary_description:
        run.about.setdefault(value.tag, value.metadata.summary_description)


def _take_tensor(run: Run, step: int, value: Any) -> None:
    """Other writers put scalars and pictures into tensors too; what they are, the plugin's name says."""
    plugin, tensor, strings = value.metadata.plugin_data.plugin_name, value.tensor, list(value.tensor.string_val)
    if plugin == NEURONS and strings:
        run.neurons.setdefault(value.tag, []).append((step, strings))
    elif plugin == "images" and len(strings) > 2:  # width, height, then the samples
        run.pictures.setdefault(value.tag, []).append((step, strings[2]))
    elif (plugin == "text" or value.tag.endswith(TEXT)) and strings:
        run.texts[value.tag.removesuffix(TEXT)] = strings[0].decode(errors="replace")
    elif (number := _number(tensor)) is not None:
        run.scalars.setdefault(value.tag, []).append((step, number))


def _number(tensor: Any) -> float | None:
    """The one number of a tensor; None if it holds another kind or count."""
    if tensor.dtype not in NUMBERS:
        return None
    name, code, size = NUMBERS[tensor.dtype]
    if len(tensor.tensor_content) == size:
        return float(struct.unpack(f"<{code}", tensor.tensor_content)[0])
    values = getattr(tensor, name)
    return float(values[0]) if len(values) == 1 else None


def thinned(series: Sequence[Any], most: int) -> Sequence[Any]:
    """At most `most` entries at even distances, first and last among them; one alone is the last."""
    if len(series) <= most:
        return series
    if most < 2:
        return series[-1:]
    return [series[round(i * (len(series) - 1) / (most - 1))] for i in range(most)]


def descriptions(found: Iterable[Run]) -> Mapping[str, str]:
    """What the tags of some runs are; of two words for one tag the first holds."""
    return {tag: words for run in reversed(list(found)) for tag, words in run.about.items()}
