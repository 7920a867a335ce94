"""The page of a demo's run that an older version logged: its question and its verdict."""

from torchdemos.log.answers import Page
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting import markdown

OLDER = "An older version of torchdemos wrote this log, which has no moving picture. The tabs beside this one show it."


def is_demo(run: LoggedRun) -> bool:
    """Whether the run has the README of a demo."""
    return "README" in run.texts and bool(markdown.title(run.texts["README"]))


def page(run: LoggedRun) -> Page:
    """What the texts of the run say."""
    verdict = markdown.sections(run.texts.get("RESULT", "")).get("Verdict", "")
    return {
        "question": markdown.title(run.texts["README"]),
        "answer": f"{verdict} {OLDER}".strip(),
        "hero": {},
        "cards": [],
        "claims": [],
    }
