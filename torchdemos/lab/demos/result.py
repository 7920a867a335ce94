"""What a demo hands back: its claims, its verdict, and what is wrong with what it trained."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torchdemos.diagnosis import Finding
from torchdemos.lab.claims import Bound, Claim


@dataclass(frozen=True)
class Result:
    """The end of a run.

    `claims` are the rows of the closing table, `verdict` the sentence under it, `findings` the
    diagnosis, by where and when it was made.
    """

    claims: Sequence[Claim | Bound]
    verdict: str
    findings: dict[str, Finding] = field(default_factory=dict)
