"""What a demo hands back: its claims, its verdict, and what is wrong with what it trained."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torchdemos.claims import Claim
from torchdemos.diagnosis import Finding

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]


@dataclass(frozen=True)
class Result:
    """The end of a run.

    `claims` are the rows of the closing table, `verdict` the sentence under it, `findings` the
    diagnosis, by where and when it was made.
    """

    claims: Sequence[Claim]
    verdict: str
    findings: dict[str, Finding] = field(default_factory=dict)


def untracked(items: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """A `Track` without a progress bar: (items, description, how many) -> items."""
    return items
