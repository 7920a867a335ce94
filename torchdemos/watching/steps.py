"""What surrounds a training step, and what is known after it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, SupportsFloat

from torch import Tensor

from torchdemos.diagnosis import Findings, History, diagnose
from torchdemos.hooks.removal import Hooks, removed_at_end
from torchdemos.log.steps import step_number
from torchdemos.watching.kept_looks import KeptLooks
from torchdemos.watching.look import Look
from torchdemos.watching.notices import Notices
from torchdemos.watching.observer import HookedStep, Observer
from torchdemos.watching.open_block import OpenBlock, Unfinished
from torchdemos.watching.outlets import Outlets
from torchdemos.watching.schedules import never
from torchdemos.watching.tokens import check_mask


class Watch:
    """What `watch` returns: `around(step)` surrounds a training step, `findings()` says what is wrong.

    A framework that calls you back has no block to surround: there `begin(step)` and `end()` are its two ends. Used as
    a context manager itself, it removes on leaving what a step that an exception interrupted left on the model, and
    leaves SIGTERM to what handled it before.
    `loss(loss)` inside a step is optional: the loss is then drawn, and `findings()` knows it.

    ```python
    with watch(model, "logs/mine") as around:
        for step, (inputs, targets) in enumerate(loader):
            around.begin(step)
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            around.loss(loss)
            around.end()
    ```

    With `every_step` every step is a look, and `when` picks those that are due; the rest is as in `watch`.
    """

    def __init__(
        self,
        observer: Observer,
        outlets: Outlets,
        when: Callable[[int], bool],
        every_step: bool,
        muted: Collection[str],
        notices: Notices,
    ) -> None:
        self.last: Look | None = None
        self._observer, self._outlets, self._notices = observer, outlets, notices
        self._when, self._every_step, self._muted = when, every_step, muted
        self._hooks, self._open = Hooks(), OpenBlock()
        self._kept, self._losses = KeptLooks(), observer.losses

    def __call__(self, step: int, mask: Tensor | None = None) -> AbstractContextManager[Self]:
        """Surround a training step in a `with` block: record it if it is due, otherwise do nothing.

        The block is given this watch, so that `with around(step) as look` can say `look.loss(loss)`. A step that begins
        inside another of the same watch ends that one, of which nothing is written.

        Of a padded batch `mask` says which tokens count: bool [samples, tokens], True where one counts, the same for
        all that the block runs. Outputs [samples, tokens, ...] and their gradients are reduced to those, and so are
        [tokens, samples, ...] and, where the units are channels, [samples, channels, tokens]; if there are as many
        tokens as samples, samples are taken to come first. All other outputs count whole: pooled ones, say, or the
        scores of attention heads. A mask of any shape works that an output has without its units, or begins with. On
        a GPU, a look waits once, when it begins, until the mask is computed.

        Raises `TypeError` and `ValueError` for a `step` that is no whole number of 64 bits, and for a `mask` that is
        no bool tensor or has no dimension.
        """
        step = step_number(step)
        self._notices.step(step)
        self._outlets.begin(step)
        if mask is not None:
            check_mask(mask)
        return self._surround(step, mask)

    def begin(self, step: int, mask: Tensor | None = None) -> None:
        """Begin a training step, as `with around(step, mask)` does.

        A step that was begun and not ended goes on if it is the same, and is cancelled if it is another.
        """
        step = step_number(step)
        if self._open.step != step:
            self.cancel()
            self._open.enter(step, self(step, mask))

    def end(self) -> None:
        """End the step that was begun: its look is written. Does nothing if none was."""
        self._open.leave()

    def cancel(self) -> None:
        """Leave the step that was begun: its hooks go, and nothing is written. Does nothing if none was."""
        self._open.cancel()

    def loss(self, loss: Tensor | SupportsFloat) -> None:
        """Give the loss of the step that this watch surrounds, as a tensor or a number; between looks do nothing.

        It is logged with the look as `1_overview/loss`. A tensor stays on its device until the look fetches all its
        numbers; of one with several elements their mean counts. Of several losses, as where batches are accumulated,
        and of those of all ranks, the look has the mean: give each as it is before it is divided by their number.
        NaN and inf are losses too. What cannot be read as a number is named in a warning and left out.
        """
        try:
            self._losses.give(loss)
        except Exception as error:  # the training goes on, whatever its loss is
            self._notices.failure("read the loss", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()
        if error is not None:
            self.write_recorded()
        self._outlets.close()

    @contextmanager
    def _surround(self, step: int, mask: Tensor | None) -> Iterator[Self]:
        self._hooks.remove()  # what Ctrl-C left of an earlier step, if it came amid its end
        due = self._when(step)
        if not (due or self._every_step):
            yield self
            return
        drawn = due and self._outlets.draws(step)
        with self._outlets.recorded_at_exceptions(Unfinished, GeneratorExit), removed_at_end(self._hooks) as hooks:
            hooked = self._hook(hooks, drawn, mask)
            yield self
            if hooked is None or not hooks:  # another step of this watch began inside this one
                return
        self._take(step, hooked, due)

    def _hook(self, hooks: Hooks, drawn: bool, mask: Tensor | None) -> HookedStep | None:
        try:
            return self._observer.hook(hooks, drawn, self._outlets.shows_neurons, mask)
        except Exception as error:  # whatever the model is, its training goes on
            self._notices.failure("begin", error)
            hooks.remove()
            return None

    def _take(self, step: int, hooked: HookedStep, due: bool) -> None:
        """Take the look at a step whose hooks are removed, and hand it on."""
        self._notices.outputs(hooked.block, self._observer.recorder.selection)
        try:
            own = self._observer.capture(hooked)
            look = self.last = self._observer.look(step, own)
            self._kept.add(look)
            sight = self._observer.sight(hooked, own)
        except Exception as error:  # whatever has become of the model in the block, its training goes on
            self._notices.failure("be taken", error)
            return
        self._notices.failures(self._observer.recorder.failures)
        self._notices.mask(hooked.block, hooked.tokens)
        self._notices.look(hooked.block, look)
        self._outlets.take(look, sight, due, self.findings)

    @property
    def history(self) -> History:
        """The looks so far, in plain numbers: what the rules of the diagnosis read."""
        return self._kept.history()

    def findings(
        self,
        losses: Sequence[float] | None = None,
        label_counts: Sequence[float] = (),
        accuracy: float = math.nan,
        loss_minimum: float = math.nan,
    ) -> Findings:
        """What is wrong as of the last look, the cause before what follows from it; empty if nothing is known to be.

        It is a list of findings, and `print` shows their sentences.

        The losses are those given to `loss`, one of each look, or else `losses`, oldest first. What else you know lets
        the rules say more: how often each class occurs in training, the accuracy on it (0 to 1), and the lowest value
        that the loss can take (0 for cross entropy and squared error).
        """
        known: dict[str, Any] = {"label_counts": label_counts, "accuracy": accuracy, "loss_minimum": loss_minimum}
        if losses is not None:
            known["losses"] = list(enumerate(map(float, losses)))
        try:
            return diagnose(replace(self.history, **known), self._muted)
        except Exception as error:  # a rule that fails is a bug of ours
            self._notices.failure("be diagnosed", error)
            return Findings()

    @property
    def folder(self) -> Path | None:
        """Where the log is; None if this process writes none."""
        return self._outlets.folder

    def log(self, step: int, scalars: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """Log what else is known of a step, by tag, under the prefix of this model.

        What the disk does not take is named in a warning, and training goes on.
        """
        self._outlets.log(step, scalars, texts)

    def write_recorded(self) -> None:
        """Write the looks that `watch(..., recorder=64)` keeps in memory, as an exception does; else do nothing.

        It is for what else you want to know the steps before of, and for frameworks that catch exceptions.
        """
        self._outlets.write_recorded()

    def __getstate__(self) -> dict[str, Any]:
        """A model that holds its `Watch` can be copied and saved. A copy has the last look and watches nothing."""
        return {
            "last": self.last,
            "_kept": self._kept,
            "_losses": self._losses,
            "_hooks": Hooks(),
            "_when": never,
            "_every_step": False,
            "_outlets": self._outlets,
            "_muted": self._muted,
            "_open": self._open,
            "_notices": Notices(),
        }
