"""Which answers a log holds, and the page of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from torchdemos.log import colours
from torchdemos.log.answers import Page
from torchdemos.view import profiles, remarks
from torchdemos.view.answers import older, others
from torchdemos.view.events import LoggedRun

ORDER = ("neuron", "learning rate", "weights", "loss", "chain rule")  # of the five questions, by a word of each
MAX_WATCHED = 20  # models whose numbers are read for the list of all answers; older ones are named there
OTHERS = ""  # stands for the runs that other programs have logged: no run has this name


@dataclass(frozen=True)
class Log:
    """A log as its pages see it.

    `name` is that of its folder, and of its run ".". The scalars of `runs` may lack their points; `whole` gives a run
    with them.
    """

    name: str
    runs: Mapping[str, LoggedRun]
    whole: Callable[[str], LoggedRun]


class Entry(TypedDict):
    """One answer in the list of all: its run, the prefix of its model, and what is read first.

    `older` are all runs of a question but the newest, and all watched models but the newest twenty. Of those models
    the list has only the names.
    """

    run: str
    prefix: str
    question: str
    answer: str
    older: bool


class Place(NamedTuple):
    """Where an answer is. Only a demo has a `question` before its page is made."""

    run: str
    prefix: str = ""
    question: str = ""


def entries(log: Log) -> list[Entry]:
    """The answers in a log: the five questions in their order, then watched models, then the runs of other programs.

    Of runs with the same question the newest comes first, and so does the newest model.
    """
    places = sorted(_places(log.runs), key=lambda place: (log.runs[place.run].ended, place.run), reverse=True)
    found, seen = list[Entry](), Counter[str]()
    for place in sorted(places, key=lambda place: rank(place.question)):
        seen[place.question] += 1
        found.append(_entry(log, place, older=seen[place.question] > (1 if place.question else MAX_WATCHED)))
    return found + ([_entry(log, Place(OTHERS), older=False)] if _others(log.runs) else [])


def page(log: Log, run: str, prefix: str = "") -> Page:
    """The page of one answer: what the run itself logged, or what its numbers say. Raises `KeyError`."""
    if run == OTHERS:
        foreign = _others(log.runs)
        return others.page({name: log.whole(name) for name in foreign[: others.MAX_RUNS]}, len(foreign))
    logged = log.runs[run]
    if logged.answer is not None:
        return logged.answer
    if older.is_demo(logged):
        return older.page(logged, {name: log.whole(name) for name in log.runs if _is_inside(name, run)})
    from torchdemos.view.answers import health  # NumPy takes longer to import than most pages to make

    shades = colours.of_runs(name for name, one in log.runs.items() if one.scalars or name == run)
    name = log.name if run == "." else run
    try:
        return health.page(log.whole(run), prefix, name, shades[run])
    except Exception as error:  # it costs no other answer
        return {"question": name, "answer": remarks.broken("This model", error), "hero": {}, "cards": [], "claims": []}


def rank(question: str) -> int:
    """The place of a question among the five. Other questions follow, then models, which have none."""
    if not question:
        return len(ORDER) + 1
    return next((place for place, word in enumerate(ORDER) if word in question), len(ORDER))


def _entry(log: Log, place: Place, older: bool) -> Entry:
    unread: Page = {"question": place.question, "answer": "", "hero": {}, "cards": [], "claims": []}
    shown = unread if older else page(log, place.run, place.prefix)
    return {"run": place.run, "prefix": place.prefix, "question": shown["question"], "answer": shown["answer"],
            "older": older}  # fmt: skip


def _places(runs: Mapping[str, LoggedRun]) -> Iterable[Place]:
    """Every demo and every watched model. A network that a demo trains belongs to the demo's answer."""
    demos = _demos(runs)
    yield from (Place(name, "", question) for name, question in demos.items())
    for name in _outside(runs, demos):
        yield from (Place(name, prefix) for prefix in profiles.watched(runs[name].scalars))


def _others(runs: Mapping[str, LoggedRun]) -> Sequence[str]:
    """The runs of other programs, the newest first: no demo and no watched model wrote them."""
    outside = [name for name in _outside(runs, _demos(runs)) if not profiles.watched(runs[name].scalars)]
    return sorted(outside, key=lambda name: runs[name].ended, reverse=True)


def _demos(runs: Mapping[str, LoggedRun]) -> dict[str, str]:
    """The question of every demo. The first page of a folder with all five is none of them."""
    asked = {
        name: run.answer["question"] if run.answer else older.question(run)
        for name, run in runs.items()
        if run.answer or older.is_demo(run)
    }
    return {
        name: question
        for name, question in asked.items()
        if runs[name].answer or not any(_is_inside(other, name) for other in asked)
    }


def _outside(runs: Mapping[str, LoggedRun], demos: Iterable[str]) -> Iterable[str]:
    """The measured runs that are no demos and belong to none."""
    for name, run in runs.items():
        is_ours = bool(run.answer) or older.is_demo(run) or profiles.is_theory(name)
        if not is_ours and not any(_is_inside(name, demo) for demo in demos):
            yield name


def _is_inside(name: str, home: str) -> bool:
    return name != home and (home == "." or name.startswith(f"{home}/"))
