"""What surrounds a training step: hooks before it, numbers after it."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from operator import index
from typing import Any, Literal

import torch
from torch import Tensor, nn

from torchdemos import entries, hooks, look, parts, portrait, ranks, seen
from torchdemos.before import Turns
from torchdemos.board import Board, tags
from torchdemos.dead_units import DeadUnits
from torchdemos.diagnosis import DEAD_SAMPLES, Finding, diagnose
from torchdemos.layers import Layers, compiled, select, unwrapped

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

    `last` is the latest `Look`, plain numbers, or None before the first; the same on every rank.
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
        self.last: look.Look | None = None
        self._model, self._board, self._when, self._layers, self._detail = model, board, when, layers, detail
        self._prefix, self._scaler, self._alone = prefix, scaler, bool(folder)
        self._chosen = list(select(model, layers))
        self._names: dict[str, str] = {}
        self._dead, self._turns = DeadUnits(), Turns()
        self._exchange = ranks.Exchange(f"{folder}/{prefix}/{type(unwrapped(model)).__name__}")
        self._next_picture = 0
        self._silent: list[str] = []
        self._told: set[str] = set()

    @contextmanager
    def __call__(self, step: int) -> Iterator[None]:
        step = index(step)
        if not self._when(step):
            yield
            return
        writes, detail = self._board is not None, self._detail
        due = writes and detail == "pictures" and step >= self._next_picture
        keep_input = seen.see_input if due else None
        scale = self._scaler.get_scale() if self._scaler else 1.0
        before = self._turns.before(self._model, whole=due)
        hidden = compiled(self._model)  # where a hook, on a parameter too, would have all compiled anew
        layers = {n: m for n, m in select(self._model, self._layers, strict=False).items() if n not in hidden}
        kinds, histogram = seen.channels(layers), writes and detail != "scalars"
        keep = {name: seen.see(histogram, due, kind) for name, kind in kinds.items()}
        holding: AbstractContextManager[dict[str, Tensor]] = nullcontext({})
        if not hidden:
            holding = hooks.hold_gradients(self._model)
        recorded = hooks.record(self._model, list(keep), keep, seen.see_gradient, False, keep_input)
        with holding as held, recorded as tape:
            yield
        if self._chosen and not tape.layers:
            self._tell(SILENCE)
        try:
            whole = self._finish(step, parts.take(self._model, tape, before, held, scale))
            drawn = portrait.draw(self._model, whole, tape.inputs, before.copies) if due else portrait.NOTHING
        except Exception as error:  # whatever has become of the model in the block, its training goes on
            self._tell(f"this look could not be taken, training goes on: {type(error).__name__}: {error}")
            return
        if tape.gradients and _lost(whole, self._model):
            self._tell(UNREAD)
        if drawn.blobs:
            self._next_picture = portrait.next_round(step)
        self._log(drawn)

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
            finite={key: a["finite_fraction"] for key, a in activations.items()},
            weights_finite=self.last.weights_finite,
            # Further calls of a layer (recurrence) are no further depth.
            gradient_norms={key: g["norm"] for key, g in gradients.items() if "#" not in key},
            dead={key: share for key, share in self._dead.shares().items() if key in gradients},
            samples=DEAD_SAMPLES,
            saturated={key: a["saturated_units"] for key, a in activations.items() if "saturated_units" in a},
        )

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        """A model that holds its `Watch` can be copied and saved; the copy is not watched."""
        return _give_unwatched, ()

    def _finish(self, step: int, part: parts.Part) -> parts.Part:
        alone = self._exchange.alone
        whole = self._exchange.unite(step, part, parts.join)
        if self._exchange.alone and not alone:
            self._tell(LONELY, stacklevel=5)
        self._dead.add(whole.outputs)
        self.last = look.take(step, self._model, whole, self._chosen)
        return whole

    def _log(self, drawn: portrait.Portrait) -> None:
        try:
            if self._board and self.last:
                self._write(self._board, self.last, drawn)
        except OSError as error:
            if not self._alone:
                raise
            self._when = lambda step: False
            self._tell(f"watching stops here, training goes on: {error.strerror}", stacklevel=5)

    def _write(self, board: Board, found: look.Look, drawn: portrait.Portrait) -> None:
        for key in found.activations:
            self._names.setdefault(key, tags.layer(len(self._names), key, len(found.activations)))
        histograms = {f"{tags.ACTIVATION}/{self._names[key]}": bins for key, bins in found.histograms.items()}
        board.log(
            found.step,
            scalars=entries.scalars(found, self._names),
            histograms=entries.profiles(found) | histograms,
            pictures=drawn.pictures,
            blobs=drawn.blobs,
            texts=self._silence(found.silent),
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


def _lost(whole: parts.Part, model: nn.Module) -> bool:
    """Whether parameters are trained and yet none has a gradient."""
    if any(size.grad_norm is not None for size in whole.parameters.values()):
        return False
    return any(p.requires_grad and name in whole.parameters for name, p in unwrapped(model).named_parameters())


def unwatched(step: int) -> AbstractContextManager[None]:
    """What a copy of a model gets in place of a `Watch` that it holds."""
    return nullcontext()
