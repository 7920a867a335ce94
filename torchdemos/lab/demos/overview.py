"""What every demo does with a board: the first group of charts, and an experiment's evidence."""

import math
from collections.abc import Sequence

from torchdemos.board import Board, layout
from torchdemos.diagnosis import diverged
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence
from torchdemos.lab.theory.loss import chance_loss
from torchdemos.log import tags

CEILING = 2 * chance_loss(10)
FINAL = {"final/accuracy": "test accuracy", "final/loss_capped": "loss, capped", "final/diverged": "diverged"}


def loss_scalars(losses: Sequence[float]) -> dict[str, float]:
    """The latest loss as it is, cut off where a chart can still show it, and whether training diverged."""
    loss = losses[-1]
    left = diverged([losses[0], loss]) is not None
    return {tags.LOSS: loss, tags.LOSS_CAPPED: capped(loss), tags.DIVERGED: float(left)}


def capped(loss: float) -> float:
    """The loss, cut off at twice the loss of guessing; not a number counts as too large."""
    return min(loss, CEILING) if math.isfinite(loss) else CEILING


def close(board: Board, step: int, losses: Sequence[float], accuracy: float) -> None:
    """The last numbers of a variant, all finite, because the HParams tab drops a row with NaN."""
    scalars = loss_scalars(losses)
    final = {
        "final/accuracy": accuracy if math.isfinite(accuracy) else 0.0,
        "final/loss_capped": scalars[tags.LOSS_CAPPED],
        "final/diverged": scalars[tags.DIVERGED],
    }
    board.log(step, scalars=final | {tags.ACCURACY: accuracy})
    board.show(layout.session_end(failed=bool(final["final/diverged"])))


def show(board: Board, evidence: Evidence) -> Sequence[Claim | Bound]:
    """Put an experiment's charts on the board, and hand on its claims."""
    board.describe({tag: picture.about for tag, picture in evidence.pictures.items()} | dict(evidence.about))
    board.log(0, pictures={tag: picture.image for tag, picture in evidence.pictures.items()})
    for step in sorted({step for curve in evidence.curves.values() for step in curve}):
        board.log(step, scalars={tag: curve[step] for tag, curve in evidence.curves.items() if step in curve})
    return evidence.claims
