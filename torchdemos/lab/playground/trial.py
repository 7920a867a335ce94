"""One training as somebody follows it: watched into a run of its own, with its changes and its losses."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from torch import nn

from torchdemos.board import Board
from torchdemos.lab.playground import frames
from torchdemos.lab.playground.shown import Shown
from torchdemos.lab.playground.training import Training
from torchdemos.log import tags
from torchdemos.steering import changes
from torchdemos.watching.steps import Watch
from torchdemos.watching.viewed import viewed
from torchdemos.watching.viewer import Viewer
from torchdemos.watching.watch import watch

EVERY, THINNED_FROM = 10, 1000


class Trial:
    """A training with a log, in which all neurons are `drawn` for this digit before steps 0, 1, 10, 100, ...

    `open_board` is called before the first step, so that a training that takes none leaves nothing.

    `loss` is that of the latest step, `first_loss` that of the first, `loss_at_rate` that of the first step with the
    present learning rate; each NaN where there is none. `broke_at` is the first step whose loss was no finite number.
    """

    def __init__(self, training: Training, viewer: Viewer, open_board: Callable[[], Board], drawn: Shown) -> None:
        self.training = training
        self._drawn, self._next_drawn = drawn, 0
        self.loss = self.first_loss = self.loss_at_rate = math.nan
        self.rate_since = 0
        self.broke_at: int | None = None
        self.problem = ""  # what the log lacks, in a sentence
        self.board: Board | None = None
        self.around: Watch | None = None
        self._open_board = open_board
        self._changed: list[tuple[str, Any]] = []
        weighted = [name for name, layer in training.model.named_children() if isinstance(layer, nn.Linear)]
        self._viewer, self._viewed = viewer, viewed(training.model, viewer, weighted)

    def change(self, name: str, value: Any) -> None:
        """Change a setting from the next step on."""
        self.training.change(name, value)
        self._changed.append((name, value))
        if name == "learning_rate":
            self.rate_since, self.loss_at_rate = self.training.step, math.nan

    def advance(self) -> None:
        """Take one step."""
        training = self.training
        board = self.board or self._begin()
        if self._changed:
            self._log_changes(board)
        if training.step == self._next_drawn:
            self._draw(board)
        self.loss = training.advance(self._surround, self._tell)
        if training.step == 1:
            self.first_loss = self.loss
        if math.isnan(self.loss_at_rate):
            self.loss_at_rate = self.loss
        if self.broke_at is None and not math.isfinite(self.loss):
            self.broke_at = training.step - 1
            self._log_broken(board)

    def log_accuracy(self, accuracy: float) -> None:
        """Log what share of test digits is named rightly after the latest step."""
        if self.board:
            self._log(self.board, scalars={tags.ACCURACY: accuracy})

    def _begin(self) -> Board:
        self.board = self._open_board()
        self.around = watch(self.training.model, self.board, when=is_logged, alert=None)
        return self.board

    def _log_changes(self, board: Board) -> None:
        changed, self._changed = self._changed, []
        self._log(board, texts={tags.CHANGES: changes.text(changed)})

    def _log_broken(self, board: Board) -> None:
        """Log the loss of the step that broke, whose look nobody could know to be worth logging."""
        if not is_logged(self.training.step - 1):
            self._log(board, back=1, scalars={tags.LOSS: self.loss})

    def _draw(self, board: Board) -> None:
        step = self.training.step
        self._log(board, blobs={tags.NEURONS: frames.blobs(self.training.model, self._drawn)})
        self._next_drawn = max(10 * step, 1)

    def _log(self, board: Board, back: int = 0, **content: Any) -> None:
        try:
            board.log(self.training.step - back, **content)
        except OSError as error:  # a full disk ends no training
            why = f"The log lacks something since step {self.training.step:,}: {error.strerror or error}."
            self.problem = self.problem or why

    @contextmanager
    def _surround(self, step: int) -> Iterator[None]:
        if self.around:
            with self.around(step), self._viewed(step) if self._viewer.wants(step) else nullcontext():
                yield

    def _tell(self, loss: Any) -> None:
        if self.around:
            self.around.loss(loss)


def is_logged(step: int) -> bool:
    """Every tenth step of the first thousand, then fifty in each doubling, so that the log of a day stays small."""
    return step % (EVERY << (step // THINNED_FROM).bit_length()) == 0
