"""Read event files back with TensorBoard's own loader, without its default sampling."""

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

CHARTS = ("scalars", "images", "histograms")
EVERYTHING = {"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}


def unexplained(folder: Path) -> list[str]:
    """Every tag in the runs below a folder that no description says anything of."""
    logs = {path: Log(path) for path in sorted({file.parent for file in folder.rglob("*tfevents*")})}
    tags = [(path, kind, tag) for path, log in logs.items() for kind in CHARTS for tag in log.tags(kind)]
    assert tags
    return [f"{path.name}: {tag}" for path, _, tag in tags if not logs[path].description(tag)]


class Log:
    """What TensorBoard sees in one run folder."""

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

    def description(self, tag: str) -> str:
        return self._events.SummaryMetadata(tag).summary_description
