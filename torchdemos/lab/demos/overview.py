"""The numbers that every variant of every demo logs: the first group of charts, and the final numbers."""

import math
from collections.abc import Sequence

from torchdemos.board import Board, layout
from torchdemos.diagnosis.course import diverged
from torchdemos.lab.theory.loss import chance_loss
from torchdemos.log import tags

LOSS_CAP = 2 * chance_loss(10)
FINAL = {"final/accuracy": "test accuracy", "final/loss_capped": "loss, capped", "final/diverged": "diverged"}


def loss_scalars(losses: Sequence[float]) -> dict[str, float]:
    """The latest loss as it is, the loss capped for charts, and whether training has diverged."""
    loss = losses[-1]
    return {tags.LOSS: loss, tags.LOSS_CAPPED: capped(loss), tags.DIVERGED: float(diverged(losses[0], loss))}


def capped(loss: float) -> float:
    """The loss, cut off at twice the loss of guessing; NaN counts as too large."""
    return min(loss, LOSS_CAP) if math.isfinite(loss) else LOSS_CAP


def close(board: Board, step: int, losses: Sequence[float], accuracy: float) -> None:
    """Log the final numbers of a variant. All are finite, because the HParams tab drops a row with NaN."""
    scalars = loss_scalars(losses)
    final = {
        "final/accuracy": accuracy if math.isfinite(accuracy) else 0.0,
        "final/loss_capped": scalars[tags.LOSS_CAPPED],
        "final/diverged": scalars[tags.DIVERGED],
    }
    board.log(step, scalars=final | {tags.ACCURACY: accuracy})
    board.show(layout.session_end(failed=bool(final["final/diverged"])))
