"""What surrounds a training step: hooks before it, numbers after it."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from operator import index
from typing import Any, Literal

import torch
from torch import Tensor, nn

from torchdemos import hooks
from torchdemos.board import Board
from torchdemos.diagnosis import DEAD_SAMPLES, Finding, diagnose
from torchdemos.hooks.layers import Layers, unwrapped
from torchdemos.watching import capture, look, neuron_images, outputs, ranks, scalars
from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.parameters import Turns
from torchdemos.watching.selection import Chosen

SILENCE = (
    "watch saw no layer's output: the model was not called inside the block, or it is compiled, and what "
    "torch.compile makes has no layers any more; parameter gradients are logged all the same"
)
UNREAD = (
    "gradients flowed, but at the end of the block no parameter has one, so they are logged without: something clears "
    "them already during the backward pass"
)
LONELY = (
    "not every rank came to this look within half a minute, so from here on each is on its own: "
    "create the watch on every rank, and enter the same steps"
)
Detail = Literal["scalars", "histograms", "pictures"]


class Watch:
    """What `watch` returns: `around(step)` surrounds a training step, `findings()` says what is wrong.

    A `folder` says that the board was made for it and nobody else writes there, so that a full disk
    ends the watching and not the training. Without a board (on all ranks but the first) nothing is
    written.
    """

    def __init__(
        self,
        model: nn.Module,
        board: Board | None,
        when: Callable[[int], bool],
        layers: Layers,
        detail: Detail,
        prefix: str = "",
        scaler: torch.amp.GradScaler | None = None,
        folder: str = "",
    ) -> None:
        self._reading: look.Reading | None = None
        self._model, self._board, self._when, self._detail = model, board, when, detail
        self._prefix, self._scaler, self._alone = prefix, scaler, bool(folder)
        self._chosen = Chosen(model, layers, board is not None and detail != "scalars")
        self._entries = scalars.Entries()
        self._dead, self._turns = DeadUnits(), Turns()
        self._exchange = ranks.Exchange(f"{folder}/{prefix}/{type(unwrapped(model)).__name__}")
        self._next_picture, self._holds = 0, True
        self._silent: list[str] = []
        self._told: set[str] = set()

    @property
    def last(self) -> look.Look | None:
        """The latest look in plain numbers, None before the first; the same on every rank."""
        return self._reading and self._reading.look()

    @contextmanager
    def __call__(self, step: int) -> Iterator[None]:
        step = index(step)
        if not self._when(step):
            yield
            return
        due = self._board is not None and self._detail == "pictures" and step >= self._next_picture
        scale = self._scaler.get_scale() if self._scaler else 1.0
        layers, parameters, hidden = self._chosen.now()
        before = self._turns.before(parameters, whole=due)
        tape = hooks.Tape(
            self._chosen.keeps(due), outputs.see_gradient, outputs.see_input if due else None, compiled=False
        )
        # Where layers are compiled, a hook on a parameter too would have all compiled anew.
        holds = self._holds and not hidden
        holding = hooks.hold_gradients(parameters if holds else {})
        with holding as held, hooks.recording(self._model, layers, tape):
            yield
        if self._chosen.names and not tape.layers:
            self._tell(SILENCE)
        try:
            part = capture.take(parameters, tape, before, held, scale)
            whole = self._finish(step, part, layers, parameters)
            drawn = neuron_images.draw(self._model, whole, tape.inputs, before.copies) if due else neuron_images.NOTHING
        except Exception as error:  # whatever has become of the model in the block, its training goes on
            self._tell(f"this look could not be taken, training goes on: {type(error).__name__}: {error}")
            return
        if held:  # only where the block itself clears gradients must they be held: it costs a hook a parameter
            self._holds = any(parameters[name].grad is None for name in held)
        elif tape.gradients and _lost(whole, parameters):
            if holds or hidden:
                self._tell(UNREAD)
            self._holds = True
        if drawn.blobs:
            self._next_picture = neuron_images.next_round(step)
        self._log(drawn)

    def findings(self, losses: Sequence[float] | None = None) -> list[Finding]:
        """What is wrong as of the last look, worst first; empty if nothing is.

        With the `losses` so far, divergence is recognized, and a steep gradient profile is held
        against a model only if its loss does not fall.
        """
        last = self.last
        if last is None:
            return diagnose(losses=losses)
        activations, gradients = last.activations, last.gradients
        return diagnose(
            losses=losses,
            finite={key: a["finite_fraction"] for key, a in activations.items()},
            weights_finite=last.weights_finite,
            # Further calls of a layer (recurrence) are no further depth.
            gradient_norms={key: g["norm"] for key, g in gradients.items() if "#" not in key},
            dead={key: share for key, share in self._dead.shares().items() if key in gradients},
            samples=DEAD_SAMPLES,
            saturated={key: a["saturated_units"] for key, a in activations.items() if "saturated_units" in a},
        )

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        """A model that holds its `Watch` can be copied and saved; the copy is not watched."""
        return _give_unwatched, ()

    def _finish(
        self, step: int, part: capture.Part, layers: Mapping[str, nn.Module], parameters: Mapping[str, Tensor]
    ) -> capture.Part:
        alone = self._exchange.alone
        whole = self._exchange.unite(step, part, capture.join)
        if self._exchange.alone and not alone:
            self._tell(LONELY, stacklevel=5)
        self._reading = look.read(step, whole, {**dict.fromkeys(self._chosen.names), **layers}, parameters)
        self._dead.add(whole.outputs, self._reading.of_outputs("dead_units"))
        return whole

    def _log(self, drawn: neuron_images.Portrait) -> None:
        try:
            if self._board and self._reading:
                self._write(self._board, self._reading, drawn)
        except OSError as error:
            if not self._alone:
                raise
            self._when = lambda step: False
            self._tell(f"watching stops here, training goes on: {error.strerror}", stacklevel=5)

    def _write(self, board: Board, reading: look.Reading, drawn: neuron_images.Portrait) -> None:
        board.log(
            reading.step,
            scalars=self._entries.scalars(reading),
            histograms=self._entries.histograms(reading),
            pictures=drawn.pictures,
            blobs=drawn.blobs,
            texts=self._silence(reading.silent),
            prefix=self._prefix,
        )

    def _silence(self, silent: list[str]) -> dict[str, str]:
        """A page whenever other layers are silent than before."""
        if silent == self._silent:
            return {}
        self._silent = silent
        return {"silent": f"Layers that gave no activation: {', '.join(silent) or 'none'}."}

    def _tell(self, what: str, stacklevel: int = 4) -> None:
        """Once, and at the line of the user's `with around(step)`."""
        if what not in self._told:
            self._told.add(what)
            warnings.warn(what, stacklevel=stacklevel)


def _give_unwatched() -> Callable[[int], AbstractContextManager[None]]:
    return unwatched


def _lost(whole: capture.Part, parameters: Mapping[str, Tensor]) -> bool:
    """Whether parameters are trained and yet none has a gradient."""
    if whole.parameters.grad_norm.names:
        return False
    return any(parameters[name].requires_grad for name in whole.parameters.norm.names if name in parameters)


def unwatched(step: int) -> AbstractContextManager[None]:
    """What a copy of a model gets in place of a `Watch` that it holds."""
    return nullcontext()
