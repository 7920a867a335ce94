"""What surrounds a training step: hooks before it, numbers after it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, SupportsFloat

import torch
from torch import Tensor, nn

from torchdemos.diagnosis import Findings, History, diagnose
from torchdemos.hooks.layers import Layers
from torchdemos.hooks.removal import Hooks, removed_at_end
from torchdemos.log.steps import step_number
from torchdemos.watching import capture, neuron_images
from torchdemos.watching.arrivals import arrived
from torchdemos.watching.capture import Block, Capture, Recorder
from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.ends import Ends
from torchdemos.watching.flow import Flow
from torchdemos.watching.kept_looks import KeptLooks
from torchdemos.watching.look import Look, take_look
from torchdemos.watching.losses import Losses
from torchdemos.watching.notices import RANKS_APART, Notices
from torchdemos.watching.outlets import Outlets
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.schedules import never
from torchdemos.watching.tokens import Tokens, check_mask


class Unfinished(Exception):
    """A step was left before it was done, and the numbers of half a step would be wrong."""


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
        model: nn.Module,
        outlets: Outlets,
        when: Callable[[int], bool],
        layers: Layers,
        histograms: bool,
        by_call: bool,
        scaler: torch.amp.GradScaler | None,
        exchange: Exchange,
        every_step: bool,
        muted: Collection[str],
        notices: Notices,
    ) -> None:
        self.last: Look | None = None
        self._model, self._when, self._scaler, self._muted = model, when, scaler, muted
        self._hooks = Hooks()
        self._recorder = Recorder(model, layers, histograms, by_call)
        self._exchange, self._outlets, self._notices = exchange, outlets, notices
        self._dead_units = DeadUnits()
        self._flow = Flow()
        self._kept = KeptLooks()
        self._losses = Losses()
        self._every_step = every_step
        self._begun: AbstractContextManager[Any] | None = None
        self._begun_step: int | None = None

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
        if self._begun_step != step_number(step):
            self.cancel()
            begun = self(step, mask)
            begun.__enter__()
            self._begun, self._begun_step = begun, step_number(step)

    def end(self) -> None:
        """End the step that was begun: its look is written. Does nothing if none was."""
        if begun := self._no_longer_begun():
            begun.__exit__(None, None, None)

    def cancel(self) -> None:
        """Leave the step that was begun: its hooks go, and nothing is written. Does nothing if none was."""
        if begun := self._no_longer_begun():
            with suppress(Unfinished):
                begun.__exit__(Unfinished, Unfinished(), None)

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

    def _no_longer_begun(self) -> AbstractContextManager[Any] | None:
        begun, self._begun, self._begun_step = self._begun, None, None
        return begun

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
            try:
                scale = self._scaler.get_scale() if self._scaler else 1.0
                tokens = None if mask is None else Tokens(mask)
                hooks.at_end(self._losses.end)
                losses = self._losses.begin()
                block = self._recorder.hook(hooks, drawn, tokens, self._outlets.shows_neurons)
                ends = self._hook_ends_and_flow(hooks)
            except Exception as error:  # whatever the model is, its training goes on
                self._notices.failure("begin", error)
                block = None
                hooks.remove()
            yield self
            if block is None or not hooks:  # another step of this watch began inside this one
                return
        self._notices.outputs(block, self._recorder.selection)
        try:
            own = self._recorder.capture(block, scale, losses, ends)
            look = self._look(step, self._merged(step, own))
            sight = neuron_images.Sight(neuron_images.neurons(own), partial(self._draw, block, own, drawn))
        except Exception as error:  # whatever has become of the model in the block, its training goes on
            self._notices.failure("be taken", error)
            return
        self._notices.failures(self._recorder.failures)
        if tokens and block.tape.layers and tokens.problem:
            self._notices.give(tokens.problem, about="mask")
        self._notices.look(block, look)
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
            "_dead_units": self._dead_units,
            "_flow": self._flow,
            "_kept": self._kept,
            "_losses": self._losses,
            "_hooks": Hooks(),
            "_when": never,
            "_every_step": False,
            "_outlets": self._outlets,
            "_muted": self._muted,
            "_begun": None,
            "_begun_step": None,
            "_notices": Notices(),
        }

    def _merged(self, step: int, own: Capture) -> Capture:
        """What all ranks captured."""
        was_alone = self._exchange.alone
        whole = self._exchange.merged(step, own, capture.merge)
        if self._exchange.alone and not was_alone:
            self._notices.give(RANKS_APART)
        return whole

    def _hook_ends_and_flow(self, hooks: Hooks) -> Ends:
        """See what the model is given and answers, and which layers feed which; of compiled ones nothing is known."""
        selection, ends = self._recorder.selection, Ends(self._outlets.shows_neurons)
        if not (selection.compiled or "" in selection.encoder_layers):  # the model itself may be one kernel
            ends.hook(hooks, self._model)
            self._flow.hook(hooks, self._model, selection.hooked, selection.encoder_layers)
        return ends

    def _look(self, step: int, whole: Capture) -> Look:
        selection = self._recorder.selection
        layers = {**dict.fromkeys(selection.names), **selection.hooked}
        long_dead = self._dead_units.add(whole.outputs)
        look = take_look(step, whole, layers, selection.parameters, long_dead, self._flow.fed_by)
        self.last = look
        self._kept.add(look)
        return look

    def _draw(self, block: Block, own: Capture, drawn: bool) -> neuron_images.NeuronImages:
        if not drawn:
            return neuron_images.NO_IMAGES
        inputs, weights = arrived((block.tape.inputs, block.weights))
        return neuron_images.draw(self._model, own, inputs, weights)
