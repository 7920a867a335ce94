"""What surrounds a training step: hooks before it, numbers after it."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from operator import index
from typing import Any

import torch
from torch import nn

from torchdemos.diagnosis import DEAD_SAMPLES, Finding, diagnose
from torchdemos.hooks.layers import Layers
from torchdemos.hooks.wrappers import unwrapped
from torchdemos.watching import capture, neuron_images
from torchdemos.watching.capture import Block, Capture, Recorder
from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.look import Look, take_look
from torchdemos.watching.look_writer import LookWriter
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.schedules import never

MAX_BLOCKS_WITHOUT_STEP = 3
NO_OUTPUTS = (
    "watch saw no layer's output: the model was not called inside the block, or only in another thread or torch.vmap, "
    "or it is compiled, and what torch.compile makes has no layers any more. Parameters are logged all the same"
)
NO_STEPS = (
    f"no torch.optim optimizer took a step inside the last {MAX_BLOCKS_WITHOUT_STEP} blocks that were looked at, so "
    "parameters have the gradients that backward added in each block, and no update ratios: put optimizer.step() into "
    "the block; where batches are accumulated, surround the whole group, or let `when` pick the step that ends it"
)
RANKS_APART = (
    "not every rank came to this look within half a minute, so from here on each is on its own: "
    "create the watch on every rank, and enter the same steps"
)


class Watch:
    """What `watch` returns: `around(step)` surrounds a training step, `findings()` says what is wrong.

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
        self._blocks_without_step = 0
        self._warned: set[str] = set()

    @contextmanager
    def __call__(self, step: int) -> Iterator[None]:
        """Surround a training step: record it if it is due, otherwise do nothing."""
        step = index(step)
        if not self._when(step):
            yield
            return
        drawn = self._writer is not None and self._writer.draws(step)
        with ExitStack() as hooks:
            try:
                scale = self._scaler.get_scale() if self._scaler else 1.0
                block = hooks.enter_context(self._recorder.recording(drawn))
            except Exception as error:  # whatever the model is, its training goes on
                self._warn(f"this look could not begin, training goes on: {type(error).__name__}: {error}")
                block = None
            yield
        if block is None:
            return
        selection = self._recorder.selection
        if selection.names and not block.tape.layers and not selection.fused:
            self._warn(NO_OUTPUTS)
        try:
            own = self._recorder.capture(block, scale)
            look = self._look(step, self._merged(step, own))
            images = self._draw(block, own) if drawn else neuron_images.NO_IMAGES
        except Exception as error:  # whatever has become of the model in the block, its training goes on
            self._warn(f"this look could not be taken, training goes on: {type(error).__name__}: {error}")
            return
        self._tell_failures()
        self._notice_missing_steps(block, look)
        self._write(look, images)

    def findings(self, losses: Sequence[float] | None = None) -> list[Finding]:
        """What is wrong as of the last look, worst first; empty if nothing is.

        With the `losses` so far, divergence is recognized, and a steep gradient profile is held
        against a model only if its loss does not fall.
        """
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
        return {"last": self.last, "_dead_units": self._dead_units, "_when": never}

    def _merged(self, step: int, own: Capture) -> Capture:
        """What all ranks captured."""
        was_alone = self._exchange.alone
        whole = self._exchange.merged(step, own, capture.merge)
        if self._exchange.alone and not was_alone:
            self._warn(RANKS_APART, stacklevel=5)
        return whole

    def _look(self, step: int, whole: Capture) -> Look:
        selection = self._recorder.selection
        layers = {**dict.fromkeys(selection.names), **selection.hooked}
        look = self.last = take_look(step, whole, layers, selection.parameters)
        shares = {key: statistics["dead_units"] for key, statistics in look.activations.items()}
        self._dead_units.add(whole.outputs, shares)
        return look

    def _draw(self, block: Block, own: Capture) -> neuron_images.NeuronImages:
        return neuron_images.draw(self._model, own, block.tape.inputs, block.weights)

    def _tell_failures(self) -> None:
        """Name what could not be measured, each once."""
        for name, reason in self._recorder.failures.items():
            if name not in self._warned:
                self._warned.add(name)
                warnings.warn(f"{name!r} could not be measured, training goes on: {reason}", stacklevel=4)

    def _notice_missing_steps(self, block: Block, look: Look) -> None:
        if block.meter.stepped or not look.gradients:
            self._blocks_without_step = 0
            return
        self._blocks_without_step += 1
        if self._blocks_without_step == MAX_BLOCKS_WITHOUT_STEP:
            self._warn(NO_STEPS, stacklevel=5)

    def _write(self, look: Look, images: neuron_images.NeuronImages) -> None:
        try:
            if self._writer:
                self._writer.write(look, images)
        except OSError as error:
            if not self._owns_folder:
                raise
            self._when = lambda step: False
            self._warn(f"watching stops here, training goes on: {error.strerror}", stacklevel=5)

    def _warn(self, message: str, stacklevel: int = 4) -> None:
        """Warn once, at the line of the user's `with around(step)`."""
        if message not in self._warned:
            self._warned.add(message)
            warnings.warn(message, stacklevel=stacklevel)
