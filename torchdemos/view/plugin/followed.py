"""The event files of a log, read beside TensorBoard, which does not tell what it cannot read."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.view import remarks
from torchdemos.view.damage import Damage
from torchdemos.view.event import event
from torchdemos.view.events import LoggedRun
from torchdemos.view.records import Records

MOST_FILES, MOST_BYTES = 1000, 2**28  # that are followed, and read at one time: the rest comes when asked again
QUIET_SECONDS = 60
VERSION, START = b"brain.Event:", b"\x3a\x02\x08\x01"  # in the first record of a file, and in one that tells of a start
STOPS = "TensorBoard shows nothing that comes behind damage in a file; the report shows it."


@dataclass
class _Run:
    """What is known of one folder: how far its files are read, and the steps at which the run began again."""

    files: dict[Path, Records] = field(default_factory=dict)
    restarts: list[int] = field(default_factory=list)
    has_values: bool = False

    def read_on(self, path: Path, most: int) -> int:
        """Read what is new in a file, or `most` bytes of it; how many bytes that were."""
        records = self.files.setdefault(path, Records(path))
        begin = records.position
        for record in records:
            if START in record:
                self._start(record)
            elif not self.has_values:
                self.has_values = VERSION not in record
            if records.position - begin >= most:
                break
        return records.position - begin

    def known(self) -> LoggedRun:
        damage = sum((_damage(path, records) for path, records in self.files.items()), Damage())
        return LoggedRun(restarts=self.restarts, damage=damage)

    def _start(self, record: bytes) -> None:
        try:
            found = event(record)
        except ValueError:
            return
        if found.starts and self.has_values:
            self.restarts = [*(step for step in self.restarts if step < found.step), found.step]


def _damage(path: Path, records: Records) -> Damage:
    """Without the beginning of a record that a live run may be about to complete."""
    try:
        is_live = time.time() - path.stat().st_mtime < QUIET_SECONDS
    except OSError:
        is_live = False
    return records.damage + (replace(records.tail, cut=0) if is_live else records.tail)


class Followed:
    """Follows the event files below a folder, if the log is in one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._runs: dict[str, _Run] = {}
        self._reading = Lock()  # TensorBoard's server answers several at once

    def remarks(self) -> list[str]:
        """What is known by now, in sentences."""
        if self._folder is None:
            return []
        with self._reading:
            self._read_on(self._folder)
            known = {name: run.known() for name, run in self._runs.items()}
        stopped = any(run.damage.records or run.damage.skipped for run in known.values())
        return remarks.of(known) + [STOPS] * stopped

    def _read_on(self, folder: Path) -> None:
        left = MOST_BYTES
        for path in sorted(folder.rglob(EVENT_FILES))[:MOST_FILES]:
            if left > 0 and not path.is_dir():
                name = path.parent.relative_to(folder).as_posix()
                left -= self._runs.setdefault(name, _Run()).read_on(path, left)
