"""The latest branch of a run that began again at an earlier step, by the rules of TensorBoard.

Its default loader drops a tag's points from the step on at which the tag is written again. Its `EventAccumulator`
drops those of every tag from the step on that a `SessionLog.START` names, which `SummaryWriter(purge_step=...)` writes.
A log is read by both rules: what either drops is of a branch that training has left.
"""

from bisect import bisect_left
from typing import Any, TypeVar

from torchdemos.view import values
from torchdemos.view.event import Event

Content = TypeVar("Content")
Series = list[tuple[int, Content]]  # (step, content), the steps ascending
HEAVY = (values.PICTURES, values.NEURONS)
MOST_HELD = 2**28  # bytes of them at one time; a report has room for a hundredth


class Branches:
    """Takes the events of a run in the order in which they were written.

    `kept` is what counts of them, by kind and tag, and `restarts` are the steps at which the run began again.
    """

    def __init__(self) -> None:
        kinds = (values.SCALARS, values.PICTURES, values.TEXTS, values.NEURONS, values.ANSWERS)
        self.kept: dict[str, dict[str, Series[Any]]] = {kind: {} for kind in kinds}
        self.descriptions: dict[str, str] = {}
        self.restarts: list[int] = []
        self.thinned = 0  # pictures and snapshots that are left out
        self._held = 0  # bytes of the others
        self._scalars = self.kept[values.SCALARS]
        self._ended = 0.0
        self._latest: int | None = None
        self._tells_starts = False

    def add(self, event: Event) -> None:
        step = event.step
        if not event.holds_values:
            self._add_other(event)
            return
        scalars = self._scalars
        for tag, number in event.scalars:
            series = scalars.get(tag)
            if series and series[-1][0] < step:  # nearly always
                series.append((step, number))
            else:
                self._put(values.Found(values.SCALARS, tag, number), step)
        for found in event.others:
            self._put(found, step)
        self._ended = event.time
        if self._latest is None or step > self._latest:
            self._latest = step

    @property
    def ended(self) -> float:
        """When the last value was written, in seconds since 1970."""
        return self._ended

    def _add_other(self, event: Event) -> None:
        self._tells_starts = self._tells_starts or event.tells_starts
        if self._tells_starts and event.starts:
            self._start(event.step)

    def _put(self, found: values.Found, step: int) -> None:
        """Add one value. Its first one describes a tag, as for TensorBoard."""
        tags = self.kept[found.kind]
        series = tags.setdefault(found.tag, [])
        if not series and found.description:
            self.descriptions.setdefault(found.tag, found.description)
        if rewind(series, step) and self._latest is not None and step < self._latest:
            self._mark(step)
        series.append((step, found.content))
        if found.kind in HEAVY:
            self._held += _bytes(found.content)
            if self._held > MOST_HELD:
                self._thin()

    def _thin(self) -> None:
        """Leave out every other picture and snapshot, but the first and the last of each tag."""
        heavy = [series for kind in HEAVY for series in self.kept[kind].values()]
        for series in heavy:
            self.thinned += len(series[1:-1:2])
            del series[1:-1:2]
        self._held = sum(_bytes(content) for series in heavy for _, content in series)

    def _start(self, step: int) -> None:
        for tags in self.kept.values():
            for series in tags.values():
                rewind(series, step)
        if self._latest is not None:
            self._mark(step)

    def _mark(self, step: int) -> None:
        """The run goes on from this step; earlier restarts behind it were on the branch that it leaves."""
        self.restarts = [*(one for one in self.restarts if one < step), step]
        self._latest = step


def _bytes(content: Any) -> int:
    return len(content) if isinstance(content, bytes) else sum(map(len, content))


def rewind(series: Series[Any], step: int) -> bool:
    """Drop the points from `step` on; whether any of them lies behind it."""
    behind = bool(series) and series[-1][0] > step
    del series[bisect_left(series, step, key=lambda point: point[0]) :]
    return behind


def latest(points: Series[Content]) -> Series[Content]:
    """The points of one tag that count, out of all in the order in which they were written."""
    kept: Series[Content] = []
    for step, content in points:
        if kept and kept[-1][0] >= step:
            rewind(kept, step)
        kept.append((step, content))
    return kept
