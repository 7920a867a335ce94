"""What was changed while a training ran: logged as it acts, read back without torch.

```python
board.log(120, texts={tags.CHANGES: changes.text([Change("learning_rate", 0.05)])})  # right before step 120
changes.read(Path("logs/mine"))  # Record(changes=[Changed(step=120, name='learning_rate', value=0.05)], damage='')
```

In the event file this is a text `changes`, under the prefix of the model, whose step is the one before which the
changes acted: {"name": "learning_rate", "value": 0.05} on a line for each, in their order. Values are what JSON has;
of a float that is every bit.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torchdemos.log import tags
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.log.shown import shown
from torchdemos.view import written_texts
from torchdemos.view.live.changes import Change

CODE = "    "  # what Markdown shows as it is


class Changed(NamedTuple):
    """A change that acted right before this step."""

    step: int
    name: str
    value: Any


class Record(NamedTuple):
    """All changes of a run in the order in which they acted; `damage` says what of its log cannot be read, or is empty.

    Steps ascend, unless the run counted its steps anew.
    """

    changes: list[Changed]
    damage: str


def text(acted: Sequence[tuple[str, Any]]) -> str:
    """The changes that act before a step, as its log has them: one text for each step."""
    return "\n".join(CODE + json.dumps({"name": name, "value": value}) for name, value in acted)


def read(folder: Path, prefix: str = "") -> Record:
    """The changes of the run in this folder, as far as its log can be read.

    Where a run was resumed, the changes that it had left behind are not among them. Raises `FileNotFoundError` in a
    sentence if there is no log.
    """
    if not any(folder.glob(EVENT_FILES)):
        raise FileNotFoundError(f"there is no log in {shown(folder)}, so that nothing can be done as it was done there")
    texts, damage = written_texts.read(folder, tags.prefixed(prefix, tags.CHANGES))
    return Record([Changed(step, *change) for step, words in texts for change in _changes(words)], str(damage))


def _changes(words: str) -> Iterator[Change]:
    """Those of a text; a line that tells none is of another writer."""
    for line in words.splitlines():
        try:
            told = json.loads(line)
            yield Change(str(told["name"]), told["value"])
        except (ValueError, TypeError, LookupError, RecursionError):
            continue
