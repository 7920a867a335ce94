"""What a demo answers: its claims, its verdict, what is wrong with its networks, and the page that tells it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torchdemos.board import Board
from torchdemos.diagnosis import Finding
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.guess import Outcome
from torchdemos.lab.demos.sketch import Sketch
from torchdemos.log import answers


@dataclass(frozen=True)
class Told:
    """What the Answer view tells of a demo beside its question and its claims; see `log.answers.Page`."""

    answer: str
    hero: Mapping[str, Any]
    cards: Sequence[answers.Card]
    now_try: answers.NowTry


@dataclass(frozen=True)
class Answer:
    """A demo's answer to its question.

    `claims` are the rows of the closing table, `verdict` is the sentence under it, `findings` are the diagnosis, by
    where and when it was made, and `told` is what the Answer view shows. `sketch` is the picture in the terminal, and
    `outcomes` are the answers to the questions that `--predict` asks, by their keys.
    """

    claims: Sequence[Claim | Bound]
    verdict: str
    findings: dict[str, Finding] = field(default_factory=dict)
    told: Told | None = None
    sketch: Sketch | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The closing table."""
        return [_row(claim) for claim in self.claims]


def show(board: Board, question: str, answer: Answer) -> None:
    """Put the page of the Answer view on the board."""
    told = answer.told or Told(answer.verdict, {}, (), {"command": "", "expect": ""})
    page: answers.Page = {
        "question": answers.asked(question),
        "answer": told.answer,
        "hero": told.hero,
        "cards": told.cards,
        "now_try": told.now_try,
        "claims": answer.rows,
    }
    board.log(0, blobs={answers.TAG: [answers.pack(page)]})


def _row(claim: Claim | Bound) -> dict[str, str]:
    return {
        "claim": claim.name,
        "source": claim.source,
        "predicted": claim.prediction,
        "measured": f"{claim.measured:.5g}",
        "difference": claim.difference,
        "agrees": "yes" if claim.holds else "NO",
    }
