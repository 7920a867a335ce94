"""Watch any model in any loop: two lines, a look now and then, nothing in between."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from torch import Tensor, nn

from torchdemos import entries, hooks, look, pictures, stats
from torchdemos.board import Board, layout, tags
from torchdemos.diagnosis import DEAD_SAMPLES, Finding, diagnose
from torchdemos.training import every

Detail = Literal["scalars", "histograms", "pictures"]


def watch(
    model: nn.Module,
    board: Board | str | Path,
    when: Callable[[int], bool] = every(10),
    layers: hooks.Layers = None,
    detail: Detail = "scalars",
) -> "Watch":
    """Watch `model` while your own loop trains it, and see it in TensorBoard.

    ```python
    around = watch(model, "logs/mine")
    for step, (inputs, targets) in enumerate(loader):
        with around(step):
            optimizer.zero_grad()
            loss_fn(model(inputs), targets).backward()
            optimizer.step()
    print(around.findings())
    ```

    On the steps that `when` picks, `around(step)` records every layer's output and gradient and
    every parameter inside the block and writes them as one event. On all other steps nothing is
    attached to the model. What happens outside the block (validation, say) is not seen. With
    `optimizer.step()` inside there are update ratios too; with a gradient scaler, put `unscale_`
    inside.

    `board` is a `Board` or a folder to create; `layers` chooses layers as in `record`; `detail`
    is "scalars", "histograms" (adds the distribution of each layer's outputs) or "pictures" (adds
    to that the neurons of the batch's first sample as pixels, at steps 0, 1, 2, 5, 10, 20, ...).

    Raises `LookupError` for an unknown layer, `ValueError` for an unknown detail, and what `Board`
    raises for a folder that is in use or cannot be written.
    """
    if detail not in get_args(Detail):
        raise ValueError(f"detail={detail!r} is unknown: choose one of {', '.join(get_args(Detail))}")
    layers = list(layers) if isinstance(layers, Iterator) else layers  # every look selects anew
    hooks.select(model, layers)
    if not isinstance(board, Board):
        board = Board(board)
        board.show(layout.custom_scalars(entries.LAYOUT))
    return Watch(model, board, when, layers, detail)


class Watch:
    """What `watch` returns: `around(step)` surrounds a training step, `findings()` says what is wrong.

    `last` is the latest `Look`, plain numbers, or None before the first.
    """

    def __init__(
        self, model: nn.Module, board: Board, when: Callable[[int], bool], layers: hooks.Layers, detail: Detail
    ) -> None:
        self.last: look.Look | None = None
        self._model, self._board, self._when, self._layers, self._detail = model, board, when, layers, detail
        self._names: dict[str, str] = {}
        self._dead = _DeadUnits()
        self._next_picture = 0

    @contextmanager
    def __call__(self, step: int) -> Iterator[None]:
        if not self._when(step):
            yield
            return
        due = self._detail == "pictures" and step >= self._next_picture
        keep = look.see(histogram=self._detail != "scalars", first=due)
        before = look.copy_parameters(self._model)
        with hooks.record(self._model, self._layers, keep, look.see_gradient) as tape:
            yield
        self._write(step, tape, before)

    def findings(self, losses: Sequence[float] | None = None) -> list[Finding]:
        """What is wrong as of the last look, worst first; empty if nothing is.

        With the `losses` so far, divergence is recognized, and a steep gradient profile is held
        against a model only if its loss does not fall.
        """
        if self.last is None:
            return diagnose(losses=losses)
        activations, parameters = self.last.activations, self.last.parameters
        return diagnose(
            losses=losses,
            finite={key: a["finite_fraction"] for key, a in activations.items()},
            weights_finite=_weights_finite(activations, parameters),
            gradient_norms={key: g["norm"] for key, g in self.last.gradients.items()},
            dead={key: float(share) for key, share in self._dead.shares.items() if key in self.last.gradients},
            samples=DEAD_SAMPLES,
            saturated={key: a["saturated_units"] for key, a in activations.items() if "saturated_units" in a},
        )

    def _write(self, step: int, tape: hooks.Tape, before: dict[str, Tensor]) -> None:
        self._dead.add(tape.outputs)
        self.last = seen = look.take(step, self._model, tape, before)
        for key in seen.activations:
            self._names.setdefault(key, tags.layer(len(self._names), key, len(seen.activations)))
        histograms = {f"{tags.ACTIVATION}/{self._names[key]}": bins for key, bins in seen.histograms.items()}
        self._board.log(
            step,
            scalars=entries.scalars(seen, self._names),
            histograms=entries.profiles(seen) | histograms,
            pictures=self._picture(step, {key: kept.first for key, kept in tape.outputs.items()}),
        )

    def _picture(self, step: int, first: dict[str, Tensor | None]) -> dict[str, Tensor]:
        layers = {key: sample for key, sample in first.items() if sample is not None}
        if not layers:
            return {}
        self._next_picture = _next_round(step)
        return {f"{tags.PICTURE}/neurons": pictures.layers_as_pixels(layers)}


class _DeadUnits:
    """Units that gave nothing but 0 over at least 1,000 samples in a row, however many looks that takes."""

    def __init__(self) -> None:
        self.shares: dict[str, Tensor] = {}
        self._active: dict[str, Tensor] = {}
        self._samples: dict[str, int] = {}

    def add(self, outputs: dict[str, look.Seen]) -> None:
        for key, seen in outputs.items():
            active = stats.active_units(seen.moments)
            earlier = self._active.get(key)
            if earlier is not None and earlier.shape == active.shape:
                active, self._samples[key] = earlier | active, self._samples[key] + seen.samples
            else:
                self._samples[key] = seen.samples
            self._active[key] = active
            if self._samples[key] >= DEAD_SAMPLES:
                self.shares[key] = 1 - self._active.pop(key).double().mean()


def _weights_finite(calls: Iterable[str], parameters: dict[str, dict[str, float]]) -> dict[str, bool]:
    """Whether all of its own parameters are finite, for the layer of each call."""
    broken = {name.rpartition(".")[0] for name, p in parameters.items() if not math.isfinite(p["norm"])}
    return {call: look.layer_of(call) not in broken for call in calls}


def _next_round(step: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50, ... after `step`."""
    ten = 1
    while step >= 5 * ten:
        ten *= 10
    return next(n * ten for n in (1, 2, 5) if n * ten > step)
