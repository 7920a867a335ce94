"""The first group of charts, the same in every demo."""

import math
from collections.abc import Sequence

from torchdemos import theory
from torchdemos.board import Board, layout, tags
from torchdemos.diagnosis import diverged

CEILING = 2 * theory.chance_loss(10)
FINAL = {"final/accuracy": "test accuracy", "final/loss_capped": "loss, capped", "final/diverged": "diverged"}


def loss_scalars(losses: Sequence[float]) -> dict[str, float]:
    """The latest loss as it is, cut off where a chart can still show it, and whether training diverged."""
    loss = losses[-1]
    capped = min(loss, CEILING) if math.isfinite(loss) else CEILING
    return {tags.LOSS: loss, tags.LOSS_CAPPED: capped, tags.DIVERGED: float(diverged([losses[0], loss]) is not None)}


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
