"""The page of runs that another program logged: their curves, and where the rest is."""

import re
from collections.abc import Mapping

from torchdemos.log.answers import Page
from torchdemos.view.answers import curves
from torchdemos.view.events import LoggedRun

MAX_RUNS = 5  # the newest of them are drawn
LIKELY = r"(?:.*[/_ .])?loss(?:[/_ .].*)?", r"(?:.*[/_ .])?acc(?:uracy)?(?:[/_ .].*)?"  # what most programs log
MAX_CARDS = 3


def page(runs: Mapping[str, LoggedRun], count: int) -> Page:
    """The curves of these runs, out of `count` that other programs have logged."""
    found = [tag for run in runs.values() for tag in run.scalars]
    counted = "One run here was" if count == 1 else f"**{count} runs** here were"
    rest = " The newest are below." if count > len(runs) else ""
    return {
        "question": "What did training do?",
        "answer": f"{counted} logged by another program than torchdemos, so there is no answer, only curves.{rest} "
        "TensorBoard's own tabs show all that was logged. To see the inside of your network, watch it: "
        'watch(model, "logs/mine").',
        "hero": {},
        "cards": curves.cards(runs, sorted(dict.fromkeys(found), key=_likely))[:MAX_CARDS],
        "claims": [],
    }


def _likely(tag: str) -> tuple[int, str]:
    """Losses first, then accuracies, then the rest by name."""
    places = [place for place, words in enumerate(LIKELY) if re.fullmatch(words, tag, re.IGNORECASE)]
    return (places[0] if places else len(LIKELY)), tag
