"""What a demo answers: its claims, its verdict, and what is wrong with the networks that it trained."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torchdemos.diagnosis import Finding
from torchdemos.lab.claims import Bound, Claim


@dataclass(frozen=True)
class Answer:
    """A demo's answer to its question.

    `claims` are the rows of the closing table, `verdict` is the sentence under it, and `findings` are the diagnosis,
    by where and when it was made.
    """

    claims: Sequence[Claim | Bound]
    verdict: str
    findings: dict[str, Finding] = field(default_factory=dict)
