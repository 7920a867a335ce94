"""The changes of another run, made again before the same steps."""

from collections import deque
from pathlib import Path

from torchdemos.log.shown import shown
from torchdemos.steering import changes
from torchdemos.view.live.changes import Change


class Replay:
    """Gives the recorded changes of a run step by step; `warning` says what of its log is lost, or is empty.

    Raises `FileNotFoundError` in a sentence if there is no log.
    """

    def __init__(self, folder: Path, prefix: str = "") -> None:
        record = changes.read(folder, prefix)
        self._left = deque(record.changes)
        self._began = False
        self.warning = f"not all of {shown(folder)} can be read: {record.damage}" if record.damage else ""

    def before(self, step: int) -> list[Change]:
        """What changed before this step; at the first one also what changed before earlier steps."""
        found = []
        while self._left and (self._left[0].step == step or (not self._began and self._left[0].step < step)):
            found.append(Change(*self._left.popleft()[1:]))
        self._began = True
        return found

    @property
    def missing(self) -> str:
        """What was recorded and did not come, in a sentence; empty for nothing."""
        if not self._left:
            return ""
        count, step = len(self._left), self._left[0].step
        return f"{count} recorded change{'s' * (count > 1)}, from step {step} on, did not come: no such step was made"
