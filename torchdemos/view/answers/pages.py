"""Which answers a log holds, and the page of each."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from torchdemos.log.answers import Page
from torchdemos.view import profiles
from torchdemos.view.answers import health, older
from torchdemos.view.events import LoggedRun

ORDER = ("neuron", "learning rate", "weights", "loss", "chain rule")  # of the five questions, by a word of each


class Entry(TypedDict):
    """One answer in the list of all: its run, the prefix of its model, and what is read first."""

    run: str
    prefix: str
    question: str
    answer: str
    watched: bool


def entries(runs: Mapping[str, LoggedRun], folder: str) -> list[Entry]:
    """The answers in a log, in the order of the five questions, the newest run of each first; then watched models.

    `folder` is the name of the log's own folder, which is that of its run ".".
    """
    found = [(run, prefix, page(runs, run, prefix, folder)) for run, prefix in _places(runs)]
    listed: list[Entry] = [
        {"run": run, "prefix": prefix, "question": page["question"], "answer": page["answer"],
         "watched": is_watched(runs[run])}
        for run, prefix, page in found
    ]  # fmt: skip
    newest_first = sorted(listed, key=lambda entry: entry["run"], reverse=True)
    return sorted(newest_first, key=_order)


def page(runs: Mapping[str, LoggedRun], run: str, prefix: str, folder: str) -> Page:
    """The page of one answer: what the run itself logged, or what its numbers say. Raises `KeyError`."""
    logged = runs[run]
    if logged.answer is not None:
        return logged.answer
    if is_watched(logged):
        return health.page(logged, prefix, folder if run == "." else run)
    return older.page(logged)


def is_watched(run: LoggedRun) -> bool:
    """Whether it is a model of the user's own, and no run of a demo."""
    return run.answer is None and not older.is_demo(run)


def _places(runs: Mapping[str, LoggedRun]) -> Iterable[tuple[str, str]]:
    """The run and prefix of every answer. A network that a demo trains belongs to the demo's answer."""
    demos = [name for name, run in runs.items() if not is_watched(run)]
    yield from ((name, "") for name in demos)
    for name, run in runs.items():
        inside = any(home == "." or name.startswith(f"{home}/") for home in demos)
        if name not in demos and not inside and not profiles.is_theory(name):
            yield from ((name, prefix) for prefix in profiles.models(run.scalars))


def _order(entry: Entry) -> tuple[bool, int]:
    places = [place for place, word in enumerate(ORDER) if word in entry["question"]]
    return entry["watched"], places[0] if places else len(ORDER)
