"""Reads event files back with TensorBoard's own loader, without its default sampling."""

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

from torchdemos.log.run_folder import EVENT_FILES

CHARTS = ("scalars", "images", "histograms")
EVERYTHING = {"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}


def raw_events(folder: Path) -> list[Event]:
    """The events of a folder with one file, before TensorBoard interprets them."""
    (file,) = folder.glob(EVENT_FILES)
    return [Event.FromString(record) for record in RawEventFileLoader(str(file)).Load()]


def unexplained(folder: Path) -> list[str]:
    """Every tag without a description in the runs below a folder."""
    logs = {path: Log(path) for path in sorted({file.parent for file in folder.rglob(EVENT_FILES)})}
    tags = [(path, kind, tag) for path, log in logs.items() for kind in CHARTS for tag in log.tags(kind)]
    assert tags
    return [f"{path.name}: {tag}" for path, _, tag in tags if not logs[path].description(tag)]


class Log:
    """What TensorBoard reads in one run's folder."""

    def __init__(self, folder: Path) -> None:
        self._events = EventAccumulator(str(folder), size_guidance=EVERYTHING)
        self._events.Reload()

    def tags(self, kind: str = "scalars") -> list[str]:
        return list(self._events.Tags()[kind])

    def steps(self, tag: str) -> list[int]:
        return [event.step for event in self._events.Scalars(tag)]

    def values(self, tag: str) -> list[float]:
        return [event.value for event in self._events.Scalars(tag)]

    def histogram(self, tag: str):
        return self._events.Histograms(tag)[-1].histogram_value

    def image_steps(self, tag: str) -> list[int]:
        return [event.step for event in self._events.Images(tag)]

    def image_height(self, tag: str) -> int:
        return self._events.Images(tag)[-1].height

    def text(self, tag: str) -> str:
        return self.content(f"{tag}/text_summary").decode()

    def content(self, tag: str) -> bytes:
        return self._events.Tensors(tag)[-1].tensor_proto.string_val[0]

    def tensor_steps(self, tag: str) -> list[int]:
        return [event.step for event in self._events.Tensors(tag)]

    def description(self, tag: str) -> str:
        return self._events.SummaryMetadata(tag).summary_description
