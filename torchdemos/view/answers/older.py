"""The page of a demo's run that wrote none: it has not ended, or an older version of torchdemos ran it."""

import time
from collections.abc import Mapping

from torchdemos.log import tags
from torchdemos.log.answers import Page, asked
from torchdemos.view import markdown
from torchdemos.view.answers import curves
from torchdemos.view.events import LoggedRun

README, RESULT = "README", "RESULT"
LOSSES = (tags.LOSS_CAPPED, tags.LOSS)  # the first that there is
SILENT_SECONDS = 600  # a run that has written nothing for so long has most likely been stopped, or is paused
OLDER = "An older version of torchdemos wrote this log: here are its verdict and its curves, but no moving picture."
RUNNING = "**Still running.** Its curves grow below, and the answer comes at the end."
STOPPED = (
    "**No end is in this log, and nothing was written for ten minutes**: the run was stopped, or it is paused. What it "
    "had logged until then is below and in the views beside this one."
)


def is_demo(run: LoggedRun) -> bool:
    """Whether the run has the README of a demo."""
    return bool(question(run))


def question(run: LoggedRun) -> str:
    """What the run's README asks; empty if there is none."""
    return asked(markdown.title(run.texts.get(README, "")))


def page(run: LoggedRun, variants: Mapping[str, LoggedRun]) -> Page:
    """What the texts of the run and the curves of its variants say so far."""
    return {
        "question": question(run),
        "answer": said(run, max((one.ended for one in (run, *variants.values())), default=0.0)),
        "hero": {},
        "cards": [*curves.cards(variants, LOSSES)[:1], *curves.cards(variants, [tags.ACCURACY])],
        "claims": [],
    }


def said(run: LoggedRun, last: float) -> str:
    """The verdict, or how far the run is; `last` is when it or one of its variants wrote for the last time."""
    if RESULT in run.texts:
        verdict = run.texts[RESULT].split("\n\n")[0].strip("*")
        return f"{verdict} {OLDER}".strip()
    return RUNNING if time.time() - last < SILENT_SECONDS else STOPPED
