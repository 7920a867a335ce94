"""What the callbacks share: training steps that begin in one call and end in another."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from torchdemos.diagnosis import Finding
from torchdemos.hooks.layers import Layers
from torchdemos.watching.schedules import every
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import Detail, watch


class SplitSteps:
    """Watches one run after another; each optimizer step of a run is one block of its watch.

    `board` is what `watch` writes to, by default the framework's own TensorBoard folder; the other
    arguments are those of `watch`. `around` is the `Watch` of the latest run, None before the first.
    """

    def __init__(
        self,
        board: Any = None,
        when: Callable[[int], bool] = every(10),
        layers: Layers = None,
        detail: Detail = "scalars",
        prefix: str = "",
    ) -> None:
        self.around: Watch | None = None
        self._board, self._when, self._layers, self._detail, self._prefix = board, when, layers, detail, prefix
        self._block: AbstractContextManager[None] | None = None

    def findings(self, losses: Sequence[float] | None = None) -> list[Finding]:
        """What is wrong as of the last look, worst first; see `Watch.findings`."""
        return self.around.findings(losses) if self.around else []

    def _begin(self, model: nn.Module, default: Callable[[], Any], scaler: torch.amp.GradScaler | None) -> None:
        board = default() if self._board is None else self._board
        self.around = watch(model, board, self._when, self._layers, self._detail, self._prefix, scaler)

    def _enter(self, step: int) -> None:
        if self._block is None and self.around is not None:
            self._block = self.around(step)
            self._block.__enter__()

    def _leave(self) -> None:
        block, self._block = self._block, None
        if block is not None:
            block.__exit__(None, None, None)

    def _abandon(self, error: BaseException) -> None:
        """Leave the block as if the error came out of it: the hooks go and nothing is written."""
        block, self._block = self._block, None
        if block is not None:
            block.__exit__(type(error), error, error.__traceback__)


class Unfinished(Exception):
    """The framework left a step before the optimizer took it, and the numbers of half a step would be wrong."""
