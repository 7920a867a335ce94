"""What the Answer view shows of a run: one JSON object in the event file, which holds all that its pictures need."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from torchdemos.log import plain

TAG = "answer"
MOST_BYTES = 2**22  # of a page; those of the demos have some hundred thousand
KINDS: dict[str, type] = {"question": str, "answer": str, "hero": dict, "cards": list, "claims": list}  # of a page
EXPONENT = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")


class NowTry(TypedDict):
    """A command to run next, and what to expect of it."""

    command: str
    expect: str


class Card(TypedDict):
    """A smaller picture under the fold.

    `condition` is what the title leaves open, `about` a sentence under the picture. `kind` names a function in
    `web/cards.js`, and `data` is what it draws.
    """

    title: str
    condition: str
    about: str
    kind: str
    data: Mapping[str, Any]


class Page(TypedDict):
    """One answer, in the order in which it is read.

    `answer` is one or two plain sentences with this run's numbers between `**`. `hero` has a `kind`, which names its
    picture in `web/heroes.js`, and what that picture draws. `claims` are rows of the closing table: claim, source,
    predicted, measured, difference, agrees.
    """

    question: str
    answer: str
    hero: Mapping[str, Any]
    cards: Sequence[Card]
    now_try: NotRequired[NowTry]
    claims: Sequence[Mapping[str, str]]


def pack(page: Page) -> bytes:
    """A page as bytes. Numbers that are not finite become null, which JSON has in their place."""
    return plain.packed(page).encode()


def unpack(packed: bytes) -> Page | None:
    """The page in these bytes; None if they hold no page. Cards and claims that are none are left out."""
    try:
        page = plain.unpacked(packed) if len(packed) <= MOST_BYTES else None
    except ValueError:
        return None
    if not isinstance(page, dict) or not all(isinstance(page.get(name), kind) for name, kind in KINDS.items()):
        return None
    rows = {name: [row for row in page[name] if isinstance(row, dict)] for name in ("cards", "claims")}
    return cast(Page, page | rows)


def asked(question: str) -> str:
    """The question alone, without the short answer that the terminal adds behind it."""
    before, mark, _ = question.partition("?")
    return before + mark


def unmarked(text: str) -> str:
    """An answer without the marks around its numbers."""
    return text.replace("**", "")


def raised(number: str) -> str:
    """A number as an exponent: `⁻¹³·⁸`."""
    return number.translate(EXPONENT)


def percent(share: float) -> str:
    """`23 %` without a break; "none" for what is not a number, as where a network has no answer."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%" if math.isfinite(share) else "none"


def short(value: float, digits: int = 5) -> float:
    """A number of a few digits, which keeps a page small."""
    rounded = float(f"{value:.{digits}g}")
    return rounded if math.isfinite(rounded) else value  # the largest floats round to inf
