"""What a reader has to know of the files behind a run: what is missing, and where the run began again."""

from collections.abc import Mapping, Sequence

from torchdemos.view.damage import Damage
from torchdemos.view.events import LoggedRun

MOST_LETTERS = 200  # of an error
MOST_NAMED = 5  # restarts of one run


def of(runs: Mapping[str, LoggedRun]) -> list[str]:
    """A sentence for each, which names the run unless it is the folder itself."""
    named = [(name, damage(run.damage), restarts(run.restarts), thinned(run.thinned)) for name, run in runs.items()]
    return [sentence if name == "." else f"{name}: {sentence}" for name, *own in named for sentence in own if sentence]


def unread(file: str) -> str:
    """About a note beside the log that cannot be read."""
    return f"{file} holds no note that can be read, and is left out."


def broken(what: str, error: Exception) -> str:
    """About a part of a page that cannot be drawn."""
    return f"{what} cannot be drawn: {type(error).__name__}: {str(error)[:MOST_LETTERS]}"


def damage(found: Damage) -> str:
    """A record without an end alone is no damage: a live run is about to write the rest."""
    return f"Not all of this log can be read. {found}" if found != Damage(cut=found.cut) else str(found)


def thinned(count: int) -> str:
    return f"{count:,} pictures and snapshots between the others are left out: all would fill the memory." * (count > 0)


def restarts(steps: Sequence[int]) -> str:
    """Empty for a run that never began again."""
    if not steps:
        return ""
    named = [f"{step:,}" for step in steps[-MOST_NAMED:]]
    places = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    more = f", {len(steps) - MOST_NAMED} times before that" if len(steps) > MOST_NAMED else ""
    times = "step" if len(steps) == 1 else "steps"
    return f"The run began again at {times} {places}{more}: what it had logged from there on before is not shown."
