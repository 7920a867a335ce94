"""The texts of an exhibit that stand nowhere else on its page, folded."""

from html import escape
from itertools import accumulate

from torchdemos.view import markdown
from torchdemos.view.reporting.exhibits import Exhibit

MAX_CHARACTERS = 500_000  # of all together
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
    folded = (
        f"<details><summary>{escape(title)}</summary>{markdown.html(words, 4)}</details>" for title, words in shown
    )
    return "".join(folded), [f"{len(found) - len(shown):,} notes"] if len(shown) < len(found) else []
