"""The texts of an exhibit that stand nowhere else on its page, folded."""

from html import escape
from itertools import accumulate

from torchdemos.view import markdown
from torchdemos.view.reporting.exhibits import Exhibit

MAX_CHARACTERS = 500_000  # of all together
MANY = 12  # notes, beyond which all of them are behind one click
ELSEWHERE = ("README", "RESULT")


def of(exhibit: Exhibit) -> tuple[str, list[str]]:
    """The texts as HTML, and what was left out."""
    found = [
        (f"{name}: {tag}".removeprefix(".: "), words)
        for name, run in exhibit.runs.items()
        for tag, words in run.texts.items()
        if tag not in ELSEWHERE
    ]
    sizes = accumulate(min(len(words), markdown.MAX_CHARACTERS) for _, words in found)
    shown = [text for text, size in zip(found, sizes, strict=True) if size <= MAX_CHARACTERS]
    folded = "".join(_folded(escape(title), markdown.html(words, 4)) for title, words in shown)
    notes = _folded(f"{len(shown):,} notes", folded) if len(shown) > MANY else folded
    return notes, [f"{len(found) - len(shown):,} notes"] if len(shown) < len(found) else []


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>{body}</details>"
