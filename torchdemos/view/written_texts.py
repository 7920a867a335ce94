"""Every version of a text in a log, in the order in which they were written."""

from pathlib import Path

from torchdemos.view import values
from torchdemos.view.branches import Series
from torchdemos.view.damage import Damage
from torchdemos.view.events import files, parsed
from torchdemos.view.records import Records


def read(folder: Path, tag: str) -> tuple[Series[str], Damage]:
    """The versions of a text with the step of each, and what of the log cannot be read.

    Where a run was resumed, what it had written at that step and later is left out: no training followed from it.
    """
    found: Series[str] = []
    damage = Damage()
    for path in files(folder):
        records = Records(path)
        for event in parsed(records):
            if event.starts:
                found = [(step, text) for step, text in found if step < event.step]
            texts = [one.content for one in event.others if (one.kind, one.tag) == (values.TEXTS, tag)]
            found += [(event.step, text) for text in texts]
        damage += records.damage + records.tail
    return found, damage
