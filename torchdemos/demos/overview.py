"""The first group of charts, the same in every demo."""

import math

from torchdemos.board import Board, layout, tags

CHANCE = math.log(10)
CEILING = 2 * CHANCE
FINAL = {"final/accuracy": "test accuracy", "final/loss_capped": "loss, capped", "final/diverged": "diverged"}


def loss_scalars(loss: float) -> dict[str, float]:
    """The loss as it is, the loss cut off where a chart can still show it, and whether it diverged."""
    capped = min(loss, CEILING) if math.isfinite(loss) else CEILING
    return {tags.LOSS: loss, tags.LOSS_CAPPED: capped, tags.DIVERGED: float(not math.isfinite(loss))}


def close(board: Board, step: int, loss: float, accuracy: float) -> None:
    """The last numbers of a variant, all finite, because the HParams tab drops a row with NaN."""
    scalars = loss_scalars(loss)
    final = {
        "final/accuracy": accuracy if math.isfinite(accuracy) else 0.0,
        "final/loss_capped": scalars[tags.LOSS_CAPPED],
        "final/diverged": scalars[tags.DIVERGED],
    }
    board.log(step, scalars=final | {tags.ACCURACY: accuracy})
    board.show(layout.session_end(failed=bool(final["final/diverged"])))
