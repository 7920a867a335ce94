"""What `live` returns: it surrounds the steps of a training, shows them on a page, and lets the page touch them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Any, Self, SupportsFloat

from torch import Tensor

from torchdemos.diagnosis import Findings
from torchdemos.hooks.removal import Hooks, removed_at_end
from torchdemos.log import tags
from torchdemos.log.steps import step_number
from torchdemos.log.warning import warn
from torchdemos.steering import changes
from torchdemos.steering.replay import Replay
from torchdemos.steering.settings import Settings
from torchdemos.steering.stage import Stage
from torchdemos.view.live.changes import Change
from torchdemos.watching.steps import Watch

MOST_IDLE = 100  # blocks: batches may be accumulated over some
IDLE = (
    f"What is set here does not act: in the last {MOST_IDLE} blocks the optimizer took no step. Put "
    "its step into the block."
)


class Live:
    """What `live` returns: `controls(step)` surrounds a training step, and leaving its own `with` block ends the page.

    `around` is the `Watch` that writes the log, with `around.last` and all else that it has. `paused` says whether
    the page has paused the training, and `address` is that of the page, empty on a rank that has none.

    `shown` is the watch of the page and `stage` the page itself, both None on such a rank; `replay` has the changes of
    another run, `earlier` those that this run made before it was resumed.
    """

    def __init__(
        self,
        around: Watch,
        shown: Watch | None,
        stage: Stage | None,
        settings: Settings,
        replay: Replay | None,
        earlier: Replay | None,
    ) -> None:
        self.around = around
        self._shown, self._stage, self._settings = shown, stage, settings
        self._replay, self._earlier = replay, earlier
        self._hooks = Hooks()
        self._latest: int | None = None
        self._drawn: int | None = None  # the latest step for which the log has a learning rate

    @property
    def paused(self) -> bool:
        return self._stage is not None and self._stage.paused

    @property
    def address(self) -> str:
        return self._stage.page.address if self._stage else ""

    def __call__(self, step: int, mask: Tensor | None = None) -> AbstractContextManager[Self]:
        """Surround a training step in a `with` block, as a `Watch` does; what the page asks for acts before it.

        While the training is paused, the block does not begin until somebody goes on or asks for one step. Raises what
        `Watch.__call__` raises.
        """
        return self._surround(step_number(step), mask, self.around(step, mask))

    def loss(self, loss: Tensor | SupportsFloat) -> None:
        """Give the loss of this step, as `Watch.loss` takes it; the page draws it, on a GPU that of looks."""
        self.around.loss(loss)
        if self._shown and self._stage:
            self._shown.loss(loss)
            self._stage.loss(loss)

    def findings(self) -> Findings:
        """What is wrong as of the latest logged look: `Watch.findings` says more."""
        return self.around.findings()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hooks.remove()
        self.around.__exit__(kind, error, trace)
        if self._replay and error is None and (missing := self._replay.missing):
            warn(missing)
        if self._stage:
            self._stage.close(_ending(self._latest, self._stage.show.step, error))

    @contextmanager
    def _surround(self, step: int, mask: Tensor | None, around: AbstractContextManager[Any]) -> Iterator[Self]:
        self._hooks.remove()  # what Ctrl-C left of an earlier step
        self._set(step, self._wanted(step))
        with removed_at_end(self._hooks) as hooks:
            self._settings.hook(hooks)  # first, so that the watches see the rate that a step takes
            stage, shown = self._stage, self._shown
            looked = stage is not None and stage.looks(step)
            with around, shown(step, mask) if shown and looked else nullcontext():
                yield self
            self._latest = step
        if stage:
            stage.ended(step, looked)
            if self._settings.idle_blocks == MOST_IDLE:
                stage.show.tell(IDLE)

    def _wanted(self, step: int) -> list[Change]:
        """What is to be set before this step."""
        if self._earlier:
            self._settings.set(self._repeated(self._earlier, step))
            self._earlier = None
        found = self._repeated(self._replay, step) if self._replay else []
        return [*found, *(self._stage.asked(step) if self._stage else [])]

    def _repeated(self, replay: Replay, step: int) -> list[Change]:
        """What was changed before this step, as far as this training has such settings."""
        found = []
        for change in replay.before(step):
            self._settings.renew()
            try:
                found.append(Change(change.name, self._settings.checked(*change)))
            except ValueError as error:
                warn(f"the change of {change.name!r:.40} before step {step} cannot be made again: {error}")
        return found

    def _set(self, step: int, wanted: list[Change]) -> None:
        """Set it, and have the log say so."""
        if not wanted:
            return
        before = self._settings.rate
        acted = self._settings.set(wanted)
        if before is not None and self._drawn != step - 1 and self._latest is not None:
            self.around.log(step - 1, {tags.LEARNING_RATE: before}, {})  # so that the curve has a stair here
        rate = self._settings.rate
        self.around.log(step, {} if rate is None else {tags.LEARNING_RATE: rate}, {tags.CHANGES: changes.text(acted)})
        self._drawn = step
        if self._stage:
            self._stage.page.scene(settings=self._settings.values())


def _ending(step: int | None, shown: int | None, error: BaseException | None) -> str:
    """How a training ended, as a clause, and which step its page goes on showing where that is not the latest."""
    where = "before its first step" if step is None else f"after step {step:,}"
    seen = "" if shown in (None, step) else f"; the latest look is at step {shown:,}"
    if error is None:
        return f"it ended {where}{seen}"
    if isinstance(error, KeyboardInterrupt):
        return f"it was stopped {where}{seen}"
    return f"it ended {where} with an error, {type(error).__name__}: {error}"
