"""What one process captures of a training step: statistics of outputs, gradients and parameters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from torch import Tensor, nn

from torchdemos.hooks import Tape, hook_tape
from torchdemos.hooks.layers import Layers
from torchdemos.hooks.removal import Hooks
from torchdemos.stats.vectors import Float64Array, Float64Vector
from torchdemos.watching import ends as ends_of
from torchdemos.watching import outputs, parameters
from torchdemos.watching.arrivals import arrived
from torchdemos.watching.copies_in_turn import CopiesInTurn
from torchdemos.watching.curves import Curves
from torchdemos.watching.ends import Ends
from torchdemos.watching.kinds import Kind, kind_of
from torchdemos.watching.output_keeper import OutputKeeper
from torchdemos.watching.outputs import OutputStatistics
from torchdemos.watching.parameters import ParameterStatistics, local, with_values
from torchdemos.watching.selection import Selection
from torchdemos.watching.step_meter import StepMeter
from torchdemos.watching.tensor_parallel import SPREAD, spreads_outputs
from torchdemos.watching.tokens import Tokens
from torchdemos.watching.units import Units

T = TypeVar("T")
FUSED = "in evaluation PyTorch runs it as one fused kernel, unless it has hooks, and then it computes other bits"


class Capture(NamedTuple):
    """Statistics of outputs and gradients by curve in call order, those of the parameters, the layer of each curve, the
    losses [1] that were given, and what the model was `given` and gave as its `answer`, with the gradient of that, and
    of integers that it was given whether all are `alike`.

    All calls that share a curve count as one batch, see `curves`.
    """

    outputs: dict[str, OutputStatistics]
    gradients: dict[str, Float64Array]
    parameters: ParameterStatistics
    layers: dict[str, str]
    losses: Sequence[Float64Array]
    ends: dict[str, OutputStatistics]
    end_gradients: dict[str, Float64Array]
    alike: dict[str, Float64Array]


class Block(NamedTuple):
    """One block with hooks in place: what the tape and the meter have once it ends, and for a drawing the weights."""

    tape: Tape
    meter: StepMeter
    weights: dict[str, Tensor]


class Recorder:
    """Surrounds a block with hooks, and captures at its end what they kept."""

    def __init__(self, model: nn.Module, layers: Layers, histograms: bool, by_call: bool) -> None:
        self.selection = Selection(model, layers)
        self._model, self._histograms, self._by_call = model, histograms, by_call
        self._curves = Curves(by_call)
        self.failures: dict[str, str] = {}  # what could not be measured, and why
        self._kinds: dict[str, Kind] = {}
        self._turns = CopiesInTurn()
        self._blocks_step = False  # whether the latest block had an optimizer's step
        self._loop_changes_gradients = False

    def hook(self, hooks: Hooks, drawn: bool, tokens: Tokens | None = None, neurons: bool = False) -> Block:
        """Hook the chosen layers until the hooks are removed; with `neurons` keep the first sample of their outputs.

        If the look is to be drawn, that of their inputs is kept too, and copies of the weights. Of padded batches only
        the `tokens` count, if they are given.
        """
        selection = self.selection
        if selection.update():
            self._kinds = {name: kind_of(module) for name, module in selection.hooked.items()}
        weights = self._copies() if drawn else {}
        units = Units(self._kinds, selection.hooked, tokens.shape if tokens else ())
        keeper = OutputKeeper(units, tokens, self._histograms, drawn or neurons, self._note)
        others = selection.others
        meter = StepMeter(
            selection.parameters, others, self._turns, self._loop_changes_gradients, self._histograms, self._note
        )
        keep_input = outputs.keep_input if drawn else None
        trained = [*selection.parameters.values(), *others]
        around_backward = meter.before_backward, meter.after_backward
        tape = Tape(self._kinds, keeper.output, keeper.gradient, keep_input, False, *around_backward, trained)
        # Beside compiled layers a hook on a parameter would make PyTorch compile everything anew.
        hooks_on_parameters = not self._blocks_step and not selection.compiled
        hooked, fused = selection.hooked, selection.encoder_layers
        meter.hook(hooks, hooks_on_parameters)
        hook_tape(hooks, tape, self._model, hooked, self._by_call, fused, self._note_fused)
        return Block(tape, meter, weights)

    def capture(self, block: Block, loss_scale: float, losses: Sequence[Float64Vector], ends: Ends) -> Capture:
        """Finish the statistics of a block with the parameters as they are at its end."""
        tape, curves = block.tape, self._curves.of_keys(block.tape)
        self._blocks_step = block.meter.stepped
        self._loop_changes_gradients |= block.meter.gradients_were_changed
        self._loop_changes_gradients |= loss_scale != 1  # a scaler unscales them
        kept = {key: output for key, output in tape.outputs.items() if output is not None}
        gradients = {key: gradient for key, gradient in tape.gradients.items() if gradient is not None}
        layers = {curves[key]: tape.layers[key] for key in kept}
        if spreads_outputs(self._model):
            self.failures["the outputs"] = SPREAD
            kept, gradients, ends = {}, {}, Ends()
            layers = {curves[key]: layer for key, layer in tape.layers.items()}
        measured = block.meter.finish(loss_scale)
        found: Any = (kept, gradients, measured, losses, ends.statistics, ends.gradients, ends.alike)
        kept, gradients, measured, given, at_ends, of_ends, alike = arrived(found)
        return Capture(
            _pooled(((curves[key], output) for key, output in kept.items()), outputs.pool_outputs),
            _divided(_pooled(((curves[key], g) for key, g in gradients.items()), outputs.pool_gradients), loss_scale),
            measured,
            layers,
            given,
            at_ends,
            _divided(of_ends, loss_scale),
            alike,
        )

    def _note_fused(self, layer: str) -> None:
        self.failures.setdefault(layer or "the model", FUSED)

    def _copies(self) -> dict[str, Tensor]:
        """Copies of the parameters that can be drawn: quantized ones are of a tensor class without plain values."""
        parts = {name: local(p).detach() for name, p in with_values(self.selection.parameters).items()}
        return {name: part.clone() for name, part in parts.items() if type(part) is Tensor}

    def _note(self, name: str, error: Exception) -> None:
        self.failures[name] = f"{type(error).__name__}: {error}".splitlines()[0]


def merge(ranks: Sequence[Capture]) -> Capture:
    """What all ranks captured, as if one process had: their outputs are one batch.

    The loss of data-parallel training is the mean of the ranks' losses, so the gradient of each rank's outputs is
    divided by the number of ranks. Histograms and pictures are the first rank's.
    """
    all_outputs = (item for rank in ranks for item in rank.outputs.items())
    all_gradients = (item for rank in ranks for item in rank.gradients.items())
    all_end_gradients = (item for rank in ranks for item in rank.end_gradients.items())
    return Capture(
        _pooled(all_outputs, outputs.pool_outputs),
        _divided(_pooled(all_gradients, outputs.pool_gradients), len(ranks)),
        parameters.merge([rank.parameters for rank in ranks]),
        {key: layer for rank in reversed(ranks) for key, layer in rank.layers.items()},
        [np.mean(rank.losses, 0) for rank in ranks if rank.losses],
        _pooled((item for rank in ranks for item in rank.ends.items()), outputs.pool_outputs),
        _divided(_pooled(all_end_gradients, ends_of.pool_gradients), len(ranks)),
        _pooled((item for rank in ranks for item in rank.alike.items()), ends_of.pool_alike),
    )


def _pooled(found: Iterable[tuple[str, T]], pool: Callable[[Sequence[T]], T]) -> dict[str, T]:
    """One value for each key: values under the same key are pooled."""
    groups = defaultdict[str, list[T]](list)
    for key, value in found:
        groups[key].append(value)
    return {key: pool(group) for key, group in groups.items()}


def _divided(gradients: dict[str, Float64Array], by: float) -> dict[str, Float64Array]:
    return gradients if by == 1 else {key: gradient / by for key, gradient in gradients.items()}
