"""What is known of a training run, in plain numbers: the one thing that the rules read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Series: TypeAlias = Numbers | Sequence[float]
"""A number for each look: NaN where it is unknown, inf where it was NaN or infinite."""
Statistics: TypeAlias = Mapping[str, Series]


@dataclass(frozen=True)
class History:
    """The looks at one model, oldest first, as numbers and nothing else.

    Every series has a number for each look. Give what you have: a rule without its numbers is silent.

    `steps` are the steps of the looks. `outputs` has by layer, in call order: mean, std, abs_max, zero_fraction,
    finite_fraction, dead_units, long_dead (the share of units that were active in none of the last thousand samples),
    saturated_units (for sigmoid and tanh), equal_units (1 where all units gave the same);
    `gradients` norm and abs_max of d loss / d output; `parameters` by name norm, grad_norm (of the gradient that the
    optimizer's step took), added_grad_norm (of what backward added in a block without a step), update_ratio. `totals`
    has gradient_norm, unclipped_gradient_norm, added_gradient_norm and left_over_gradient_norm (of what gradients held
    from before the block when a step took them), `given` what the model was given (mean, std, abs_max, finite_fraction;
    of integers alike, 1 where all are the same), `answer` what it gave, [rows, units] (the same, rows, units, and of
    d loss / d answer grad_norm, grad_abs_max and grad_shared, the norm of its sum over rows), `optimizer` its
    learning_rate, weight_decay, momentum and square_memory.

    `losses` are (step, loss), which may be more than the looks; here NaN and inf are what the loss was. `kinds` says
    what layers are, as in `Linear 20 → 64`, `rows` how many rows of units a layer gave at most in one look, `fed_by`
    which layers with parameters feed which. `frozen` are parameters that require no gradient, `without_gradient` those
    that require one and got none at the last look, while others did. `silent` are layers that gave nothing.

    `loss_minimum` is the lowest value that the loss can take, -inf if there is none and NaN if nobody knows.
    `label_counts` says how often each class occurs, `accuracy` is that of training, 0 to 1, NaN if unknown.

    ```python
    from torchdemos import History, diagnose

    norms = {"fc1": 1e-9, "fc2": 1e-7, "fc3": 1e-5, "out": 0.1}
    history = History(steps=[0, 10, 20], gradients={name: {"norm": [norm] * 3} for name, norm in norms.items()})
    print(diagnose(history))
    ```
    """

    steps: Sequence[int] = ()
    outputs: Mapping[str, Statistics] = field(default_factory=dict)
    gradients: Mapping[str, Statistics] = field(default_factory=dict)
    parameters: Mapping[str, Statistics] = field(default_factory=dict)
    totals: Statistics = field(default_factory=dict)
    given: Statistics = field(default_factory=dict)
    answer: Statistics = field(default_factory=dict)
    optimizer: Statistics = field(default_factory=dict)
    losses: Sequence[tuple[int, float]] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, float] = field(default_factory=dict)
    fed_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
    frozen: Sequence[str] = ()
    without_gradient: Sequence[str] = ()
    silent: Sequence[str] = ()
    loss_minimum: float = float("nan")
    label_counts: Sequence[float] = ()
    accuracy: float = float("nan")

    def until(self, step: int) -> "History":
        """The same run as it was known at this step; what is not known by step stays."""
        looks = sum(own <= step for own in self.steps)
        by_name = (self.outputs, self.gradients, self.parameters)
        outputs, gradients, parameters = ({k: _first(s, looks) for k, s in group.items()} for group in by_name)
        return replace(
            self,
            steps=self.steps[:looks],
            outputs=outputs,
            gradients=gradients,
            parameters=parameters,
            totals=_first(self.totals, looks),
            given=_first(self.given, looks),
            answer=_first(self.answer, looks),
            optimizer=_first(self.optimizer, looks),
            losses=[(own, loss) for own, loss in self.losses if own <= step],
        )

    def numbers(self, statistics: Statistics, name: str) -> Numbers:
        """One number for each look, NaN if the history has none under this name."""
        found = statistics.get(name)
        return np.full(len(self.steps), np.nan) if found is None else np.asarray(found, np.float64)

    def latest(self, statistics: Statistics, name: str) -> float:
        """The number of the latest look, NaN if there is none."""
        row = self.numbers(statistics, name)
        return float(row[-1]) if len(row) else math.nan

    @property
    def last_layer(self) -> str | None:
        """The layer that is called last: not the model around it, which is called by its class, and none that does
        nothing."""
        own = [name for name in self.outputs if self.kinds.get(name) not in (name, "Identity")]
        return (own or [*self.outputs])[-1] if self.outputs else None

    def layer_of(self, parameter: str) -> str:
        """The layer that a parameter belongs to."""
        return parameter.rpartition(".")[0]

    def kind_of(self, layer: str) -> str:
        """What a layer is, also one whose outputs are told one by one, as `lstm[0]`; empty if nobody knows."""
        alike = (kind for name, kind in self.kinds.items() if name.partition("[")[0] == layer)
        return self.kinds.get(layer) or next(alike, "")

    @property
    def weights(self) -> list[str]:
        """The weights that multiply: no biases, and no gains of normalizations."""
        names = (name for name in self.parameters if "weight" in name.rpartition(".")[2])
        return [name for name in names if "Norm" not in self.kind_of(self.layer_of(name))]

    def update_ratios(self) -> Numbers:
        """By how much of its size a step moves the median weight, for each look; NaN where that is unknown.

        Weights that were 0 when they were first seen are left out: anything is much, compared with nothing.
        """
        rows = [
            self.numbers(own, "update_ratio")
            for name in self.weights
            if not self._began_at_zero(name)
            for own in [self.parameters[name]]
        ]
        return median_of(rows, len(self.steps))

    def weight_sizes(self) -> Numbers:
        """The norm of the median weight at each look, as a share of its first."""
        norms = [self.numbers(self.parameters[name], "norm") for name in self.weights]
        return median_of([row / row[0] for row in norms if len(row) and 0 < row[0] < np.inf], len(self.steps))

    def _began_at_zero(self, parameter: str) -> bool:
        norms = self.numbers(self.parameters[parameter], "norm")
        known = norms[~np.isnan(norms)]
        return bool(len(known)) and float(known[0]) == 0


def median_of(rows: Sequence[Numbers], looks: int) -> Numbers:
    """The median of several series at each look; NaN where none has a number."""
    found = np.full(looks, np.nan)
    if rows:
        table = np.array(rows)
        known = ~np.isnan(table).all(0)
        found[known] = np.nanmedian(table[:, known], 0)
    return found


def _first(statistics: Statistics, looks: int) -> Statistics:
    return {name: series[:looks] for name, series in statistics.items()}
