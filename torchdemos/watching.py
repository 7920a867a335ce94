"""Watch any model in any loop: two lines, a look now and then, nothing in between."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from torch import Tensor, nn

from torchdemos import entries, hooks, look, pictures, run_folder, stats
from torchdemos.board import Board, layout, tags
from torchdemos.diagnosis import DEAD_SAMPLES, Finding, diagnose
from torchdemos.training import every

LAYERS_IN_A_PICTURE = 40
SILENCE = (
    "watch saw no layer's output: the model was not called inside the block, or torch.compile had compiled it before "
    "(compile it inside the first look); parameter gradients are logged all the same"
)
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
    attached to the model. What happens outside the block (validation, say) is not seen. Parameter
    gradients are read at the end of the block: clip after it, and with a gradient scaler put
    `unscale_` inside (the gradients of outputs stay multiplied by its scale). With
    `optimizer.step()` inside there are update ratios too.

    `board` is a `Board` or a folder to create; `layers` chooses layers as in `record`; `detail`
    is "scalars", "histograms" (adds the distribution of each layer's outputs) or "pictures" (adds
    to that the neurons of the batch's first sample as pixels, at steps 0, 1, 2, 5, 10, 20, ...).

    Raises `LookupError` for an unknown layer, `ValueError` for an unknown detail or a `when` that
    is no function, and what `Board` raises for a folder that is in use or cannot be written.
    """
    if not callable(when):
        raise ValueError(f"when={when!r} is not a function of the step: say when=every({when})")
    if detail not in get_args(Detail):
        raise ValueError(f"detail={detail!r} is unknown: choose one of {', '.join(get_args(Detail))}")
    layers = list(layers) if isinstance(layers, Iterator) else layers  # every look selects anew
    hooks.select(model, layers)
    if isinstance(board, Board):
        return Watch(model, board, when, layers, detail)
    board = Board(board)
    board.show(layout.custom_scalars(entries.LAYOUT))
    run_folder.describe(board.folder, "watch", {"detail": detail}, entries.pins())
    return Watch(model, board, when, layers, detail, alone=True)


class Watch:
    """What `watch` returns: `around(step)` surrounds a training step, `findings()` says what is wrong.

    `last` is the latest `Look`, plain numbers, or None before the first. `alone` says that nobody
    else writes to the board, so that a full disk ends the watching and not the training.
    """

    def __init__(
        self,
        model: nn.Module,
        board: Board,
        when: Callable[[int], bool],
        layers: hooks.Layers,
        detail: Detail,
        alone: bool = False,
    ) -> None:
        self.last: look.Look | None = None
        self._model, self._board, self._when, self._layers, self._detail = model, board, when, layers, detail
        self._alone = alone
        self._names: dict[str, str] = {}
        self._dead = _DeadUnits()
        self._next_picture = 0
        self._told: set[str] = set()

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
        self._finish(step, tape, before)

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
            # Further calls of a layer (accumulated batches, recurrence) are no further depth.
            gradient_norms={key: g["norm"] for key, g in gradients.items() if "#" not in key},
            dead={key: float(share) for key, share in self._dead.shares.items() if key in gradients},
            samples=DEAD_SAMPLES,
            saturated={key: a["saturated_units"] for key, a in activations.items() if "saturated_units" in a},
        )

    def _finish(self, step: int, tape: hooks.Tape, before: dict[str, Tensor]) -> None:
        outputs = look.seen(self._model, tape)
        self._dead.add(outputs)
        first, self.last = self.last is None, look.take(step, self._model, tape, outputs, before)
        if not tape.outputs:
            self._tell(SILENCE)
        try:
            self._write(self.last, self._picture(step, outputs), first)
        except OSError as error:
            if not self._alone:
                raise
            self._when = lambda step: False
            self._tell(f"watching stops here, training goes on: {error.strerror}")

    def _write(self, seen: look.Look, drawn: dict[str, Tensor], first: bool) -> None:
        silent = {"silent": f"Layers that gave nothing: {', '.join(seen.silent)}."} if seen.silent else {}
        for key in seen.activations:
            self._names.setdefault(key, tags.layer(len(self._names), key, len(seen.activations)))
        histograms = {f"{tags.ACTIVATION}/{self._names[key]}": bins for key, bins in seen.histograms.items()}
        self._board.log(
            seen.step,
            scalars=entries.scalars(seen, self._names),
            histograms=entries.profiles(seen) | histograms,
            pictures=drawn,
            texts=silent if first else {},
        )

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            warnings.warn(what, stacklevel=5)  # the line of the user's `with around(step)`

    def _picture(self, step: int, outputs: dict[str, look.Seen]) -> dict[str, Tensor]:
        layers = {key: seen.first for key, seen in outputs.items() if seen.first is not None}
        if not layers:
            return {}
        self._next_picture = _next_round(step)
        shown = dict(list(layers.items())[:: math.ceil(len(layers) / LAYERS_IN_A_PICTURE)])
        title = "" if len(shown) == len(layers) else f"{len(shown)} of {len(layers)} layers"
        return {f"{tags.PICTURE}/neurons": pictures.layers_as_pixels(shown, title=title)}


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


def _next_round(step: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50, ... after `step`."""
    ten = 1
    while step >= 5 * ten:
        ten *= 10
    return next(n * ten for n in (1, 2, 5) if n * ten > step)
