"""What the callbacks share: training steps that begin in one call and end in another."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from torchdemos.board import Board
from torchdemos.diagnosis import Findings
from torchdemos.hooks.layers import Layers
from torchdemos.watching import boards, ranks
from torchdemos.watching.alerts import Tell, show
from torchdemos.watching.schedules import every
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import Detail, watch


class SplitSteps:
    """Watches one run after another; each optimizer step of a run is one block of its watch.

    `board` is what `watch` writes to, by default the framework's own TensorBoard folder; the other
    arguments are those of `watch`, and `resume` is for a folder that you name. `around` is the `Watch` of the latest
    run, None before the first: a loss that the framework does not know is given to it, as in `around.loss(loss)`.
    """

    def __init__(
        self,
        board: Any = None,
        when: Callable[[int], bool] = every(10),
        layers: Layers = None,
        detail: Detail = "scalars",
        prefix: str = "",
        alert: Tell | None = show,
        recorder: int = 0,
        muted: Collection[str] = (),
        resume: bool = False,
    ) -> None:
        self.around: Watch | None = None
        self._looking = self._due = False
        self._board, self._when, self._layers, self._detail, self._prefix = board, when, layers, detail, prefix
        self._kept: dict[str, Any] = {"alert": alert, "recorder": recorder, "muted": muted}
        self._resume = resume

    def findings(self, losses: Sequence[float] | None = None) -> Findings:
        """What is wrong as of the last look, worst first; see `Watch.findings`."""
        return self.around.findings(losses) if self.around else Findings()

    def __getstate__(self) -> dict[str, Any]:
        """A copy has what was seen so far. An open board cannot be copied: the copy's runs go to the default folder."""
        board = self._board if isinstance(self._board, (str, Path)) else None
        return {**self.__dict__, "_board": board}

    def _begin(
        self, model: nn.Module, default: Callable[[], Board | Path | None], scaler: torch.amp.GradScaler | None
    ) -> None:
        board = self._board if self._board is not None else default()
        if self._board is None and isinstance(board, Path):  # nobody named it: that it is in use is no news
            board = boards.fresh(board, self._detail, self._prefix) if ranks.rank() == 0 else None
        kept = {**self._kept, "resume": self._resume and isinstance(board, (str, Path))}
        self.around = watch(model, board, self._is_due, self._layers, self._detail, self._prefix, scaler, **kept)

    def _is_due(self, step: int) -> bool:
        """Whether `when` picked the step that is about to begin; between looks the recorder sees it all the same."""
        return self._due

    def _enter(self, step: int, number: int) -> None:
        """Begin a block that is logged at `step`, if `when` picks its `number` or there is a recorder."""
        self._due = self._when(number)
        if self.around is not None and (self._due or self._kept["recorder"]):
            self.around.begin(step)
            self._looking = True

    def _give(self, loss: Any, parts: int = 1) -> None:
        """Give the loss of a batch, which the framework has divided by so many parts, if its step is looked at."""
        if self.around is not None and self._looking and isinstance(loss, (Tensor, float)):
            self.around.loss(loss if parts == 1 else loss * parts)

    def _leave(self) -> None:
        self._looking = False
        if self.around is not None:
            self.around.end()

    def _abandon(self) -> None:
        self._looking = False
        if self.around is not None:
            self.around.cancel()
