"""What surrounds a training step: hooks before it, numbers after it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from types import TracebackType
from typing import Any, Self, SupportsFloat

import torch
from torch import Tensor, nn

from torchdemos.diagnosis import DEAD_SAMPLES, Finding, diagnose
from torchdemos.hooks.layers import Layers
from torchdemos.hooks.wrappers import unwrapped
from torchdemos.log.steps import step_number
from torchdemos.watching import capture, neuron_images
from torchdemos.watching.capture import Block, Capture, Recorder
from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.look import Look, take_look
from torchdemos.watching.look_writer import LookWriter
from torchdemos.watching.losses import Losses
from torchdemos.watching.notices import RANKS_APART, Notices
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.schedules import never
from torchdemos.watching.tokens import Tokens, check_mask


class Unfinished(Exception):
    """A step was left before it was done, and the numbers of half a step would be wrong."""


class Watch:
    """What `watch` returns: `around(step)` surrounds a training step, `findings()` says what is wrong.

    A framework that calls you back has no block to surround: there `begin(step)` and `end()` are its two ends. Used as
    a context manager itself, it removes on leaving what a step that an exception interrupted left on the model.
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

    Without a `writer` (on all ranks but the first) nothing is written. `owns_folder` says that nobody else writes to
    the folder: a full disk then ends the watching and not the training. `name` tells the watches of a distributed run
    apart.
    """

    def __init__(
        self,
        model: nn.Module,
        writer: LookWriter | None,
        when: Callable[[int], bool],
        layers: Layers,
        histograms: bool,
        by_call: bool,
        scaler: torch.amp.GradScaler | None,
        owns_folder: bool,
        name: str,
    ) -> None:
        self.last: Look | None = None
        self._model, self._writer, self._when, self._scaler = model, writer, when, scaler
        self._owns_folder = owns_folder
        self._recorder = Recorder(model, layers, histograms, by_call)
        self._exchange = Exchange(f"{name}/{type(unwrapped(model)).__name__}")
        self._dead_units = DeadUnits()
        self._losses = Losses()
        self._notices = Notices()
        self._begun: AbstractContextManager[Any] | None = None
        self._begun_step: int | None = None

    def __call__(self, step: int, mask: Tensor | None = None) -> AbstractContextManager[Self]:
        """Surround a training step in a `with` block: record it if it is due, otherwise do nothing.

        The block is given this watch, so that `with around(step) as look` can say `look.loss(loss)`.

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

    @contextmanager
    def _surround(self, step: int, mask: Tensor | None) -> Iterator[Self]:
        if not self._when(step):
            yield self
            return
        drawn = self._writer is not None and self._writer.draws(step)
        with ExitStack() as hooks:
            try:
                scale = self._scaler.get_scale() if self._scaler else 1.0
                tokens = None if mask is None else Tokens(mask)
                block = hooks.enter_context(self._recorder.recording(drawn, tokens))
            except Exception as error:  # whatever the model is, its training goes on
                self._notices.failure("begin", error)
                block = None
            losses = hooks.enter_context(self._losses.kept())
            yield self
        if block is None:
            return
        self._notices.outputs(block, self._recorder.selection)
        try:
            own = self._recorder.capture(block, scale, losses)
            look = self._look(step, self._merged(step, own))
            images = self._draw(block, own) if drawn else neuron_images.NO_IMAGES
        except Exception as error:  # whatever has become of the model in the block, its training goes on
            self._notices.failure("be taken", error)
            return
        self._notices.failures(self._recorder.failures)
        if tokens and block.tape.layers and tokens.problem:
            self._notices.give(tokens.problem, about="mask")
        self._notices.look(block, look)
        self._write(look, images)

    def findings(self, losses: Sequence[float] | None = None) -> list[Finding]:
        """What is wrong as of the last look, worst first; empty if nothing is.

        With the `losses` so far, divergence is recognized, and a steep gradient profile is held
        against a model only if its loss does not fall. By default they are those given to `loss`, one of each look.
        """
        losses = self._losses.of_looks if losses is None else losses
        if self.last is None:
            return diagnose(losses=losses)
        activations, gradients = self.last.activations, self.last.gradients
        return diagnose(
            losses=losses,
            finite={key: statistics["finite_fraction"] for key, statistics in activations.items()},
            weights_finite=self.last.weights_finite,
            # Further calls of a layer (recurrence) are no further depth.
            gradient_norms={key: statistics["norm"] for key, statistics in gradients.items() if "#" not in key},
            dead={key: share for key, share in self._dead_units.shares().items() if key in gradients},
            samples=DEAD_SAMPLES,
            saturated={key: s["saturated_units"] for key, s in activations.items() if "saturated_units" in s},
        )

    def __getstate__(self) -> dict[str, Any]:
        """A model that holds its `Watch` can be copied and saved. A copy has the last look and watches nothing."""
        return {
            "last": self.last,
            "_dead_units": self._dead_units,
            "_losses": self._losses,
            "_when": never,
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

    def _look(self, step: int, whole: Capture) -> Look:
        selection = self._recorder.selection
        layers = {**dict.fromkeys(selection.names), **selection.hooked}
        look = self.last = take_look(step, whole, layers, selection.parameters)
        shares = {key: statistics["dead_units"] for key, statistics in look.activations.items()}
        self._dead_units.add(whole.outputs, shares)
        self._losses.of_looks += [] if look.loss is None else [look.loss]
        return look

    def _draw(self, block: Block, own: Capture) -> neuron_images.NeuronImages:
        return neuron_images.draw(self._model, own, block.tape.inputs, block.weights)

    def _write(self, look: Look, images: neuron_images.NeuronImages) -> None:
        try:
            if self._writer:
                self._writer.write(look, images)
        except OSError as error:
            if not self._owns_folder:
                raise
            self._when = lambda step: False
            self._notices.give(f"watching stops here, training goes on: {error.strerror}")
