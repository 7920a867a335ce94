"""Event files read without TensorBoard's own loader: everything that counts, in order, in milliseconds a megabyte.

No content of a file raises an error. What is damaged is left out and counted, and so are values of other kinds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torchdemos.log import answers
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.view import values
from torchdemos.view.branches import Branches, Series
from torchdemos.view.damage import Damage
from torchdemos.view.event import Event, event
from torchdemos.view.records import Records


@dataclass
class LoggedRun:
    """What the event files of one folder hold, by tag. Series are sorted by step; the last version of a text counts.

    Of a run that began again at an earlier step, only its latest branch is here, and `restarts` are those steps.
    `thinned` pictures and snapshots between the others are left out, because all would fill the memory. `answer` is
    what the Answer view shows, None if the run has no page of its own. `damage` is what could not be read, and `ended`
    when the last value was written, in seconds since 1970.
    """

    scalars: dict[str, Series[float]] = field(default_factory=dict)
    pictures: dict[str, Series[bytes]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    neurons: dict[str, Series[Sequence[bytes]]] = field(default_factory=dict)
    answer: answers.Page | None = None
    descriptions: dict[str, str] = field(default_factory=dict)
    restarts: list[int] = field(default_factory=list)
    damage: Damage = field(default_factory=Damage)
    thinned: int = 0
    ended: float = field(default=0.0, compare=False)


def runs(folder: Path) -> dict[str, LoggedRun]:
    """Every run in a folder and below it, by its name there ("." for the folder itself), sorted by name.

    Links to folders are not followed. A folder in whose event files nothing is written yet is left out.
    """
    folders = sorted({path.parent for path in folder.rglob(EVENT_FILES)})
    found = {path.relative_to(folder).as_posix(): read(path) for path in folders}
    return {name: run for name, run in found.items() if run != LoggedRun()}


def read(folder: Path) -> LoggedRun:
    """The run in this folder, from all its event files."""
    branches, damage = Branches(), Damage()
    for path in files(folder):
        records = Records(path)
        for found in parsed(records):
            branches.add(found)
        damage += records.damage + records.tail
    kept = {kind: {tag: series for tag, series in tags.items() if series} for kind, tags in branches.kept.items()}
    return LoggedRun(
        scalars=kept[values.SCALARS],
        pictures=kept[values.PICTURES],
        texts={tag: series[-1][1] for tag, series in kept[values.TEXTS].items()},
        neurons=kept[values.NEURONS],
        answer=next((series[-1][1] for series in kept[values.ANSWERS].values()), None),
        descriptions=branches.descriptions,
        restarts=branches.restarts,
        damage=damage,
        thinned=branches.thinned,
        ended=branches.ended,
    )


def files(folder: Path) -> list[Path]:
    """The event files of a run, in the order in which they were written; a folder of such a name is none."""
    return sorted(path for path in folder.glob(EVENT_FILES) if not path.is_dir())


def parsed(records: Records) -> Iterator[Event]:
    """The events of one file; a record that holds none is damage."""
    for record in records:
        try:
            found = event(record)
        except ValueError:
            records.damage += Damage(records=1)
        else:
            yield found


def descriptions(found: Iterable[LoggedRun]) -> Mapping[str, str]:
    """The descriptions of the tags of several runs; the first run that describes a tag counts."""
    return {tag: words for run in reversed(list(found)) for tag, words in run.descriptions.items()}
