"""Measures the parameters of one block where an optimizer takes its step, so that "when?" has one answer."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from torch import Tensor
from torch.optim import Optimizer

from torchdemos.hooks import around_optimizer_steps, before_accumulation
from torchdemos.hooks.removal import Hooks
from torchdemos.watching.backward_meter import BackwardMeter
from torchdemos.watching.copies_in_turn import CopiesInTurn
from torchdemos.watching.optimizer_settings import settings
from torchdemos.watching.parameters import (
    Distributions,
    Failed,
    NamedNorms,
    ParameterStatistics,
    distances,
    distributions,
    divided,
    gradients_of,
    holders,
    latest,
    no_norms,
    norms,
    with_values,
)


class _Step(NamedTuple):
    """An optimizer's step that has begun."""

    optimizer: Optimizer
    parameters: dict[str, Tensor]
    copies: dict[str, Tensor]
    closure: bool


class StepMeter:
    """Measures what the optimizers' steps in one block take and make; of several steps of a parameter the last counts.

    Only a `torch.optim.Optimizer` is seen. Where none takes a step, it measures what backward added to the gradients in
    this block. `parameters` are measured; a step that moves only `others` is a step as well. `unclipped` asks for the
    gradients as backward left them, before the loop changed them, and `histograms` for distributions.
    """

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        others: Iterable[Tensor],
        turns: CopiesInTurn,
        unclipped: bool,
        histograms: bool,
        failed: Failed,
    ) -> None:
        self._parameters, self._turns, self._failed = parameters, turns, failed
        self._unclipped, self._histograms = unclipped, histograms
        self._backward = BackwardMeter(parameters, unclipped, self._no_gradient)
        self._others = set(map(id, others))
        self._names = {id(p): name for name, p in parameters.items()}
        self._open: list[_Step] = []
        self._norms: list[NamedNorms] = []
        self._grad_norms: list[NamedNorms] = []
        self._changes: list[NamedNorms] = []
        self._distributions: Distributions = {}
        self._gradient_distributions: Distributions = {}
        self._settings: dict[str, float] = {}
        self._incomplete = False
        self._error: Exception | None = None
        self.stepped = False
        self.gradients_were_changed = False  # between backward and step: clipped or unscaled

    def hook(self, hooks: Hooks, hooks_on_parameters: bool) -> None:
        """Measure until the hooks are removed; only hooks on parameters tell what backward adds to older gradients."""
        self._backward.hooks_on_parameters = hooks_on_parameters
        if hooks_on_parameters:
            before_accumulation(hooks, self._parameters, self._before_accumulation)
        around_optimizer_steps(hooks, self._before_step, self._after_step)

    def before_backward(self) -> None:
        """Note the gradients as a backward pass finds them."""
        with self._keeping_errors():
            self._backward.before_pass()

    def after_backward(self) -> None:
        """Note the gradients as a backward pass left them."""
        with self._keeping_errors():
            self._backward.after_pass()

    def finish(self, loss_scale: float) -> ParameterStatistics:
        """Measure what no step has measured, at the end of the block. Raises what a measurement in the block raised."""
        if self._error is not None:
            raise self._error
        measured = {name for found in self._norms for name in found.names}
        rest = with_values({name: p for name, p in self._parameters.items() if name not in measured})
        unclipped = self._backward.after_last_pass() if self.gradients_were_changed else no_norms()
        return ParameterStatistics(
            latest([*self._norms, self._measured(rest)]),
            latest(self._grad_norms),
            latest(self._changes),
            divided(unclipped, loss_scale),
            divided(self._added(loss_scale), loss_scale),
            divided(self._backward.left_over, loss_scale),
            self._distributions | self._distributed(rest),
            self._gradient_distributions,
            self._without(),
            self._incomplete,
            holders(self._parameters),
            self._settings,
        )

    @property
    def parameters_got_gradients(self) -> bool:
        return bool(self._backward.with_gradient or gradients_of(self._parameters))

    @contextmanager
    def _keeping_errors(self) -> Iterator[None]:
        """The training goes on, and `finish` raises the first error."""
        try:
            yield
        except Exception as error:
            self._error = self._error or error

    def _before_step(self, optimizer: Optimizer, closure: bool) -> None:
        with self._keeping_errors():
            own = self._of(optimizer)
            gradients = gradients_of(own)
            moved = own if closure else {name: own[name] for name in gradients}
            if moved:
                self.stepped = True
                self._settings = settings(optimizer)
                self._backward.step_begins(moved)
                self._norms.append(self._measured(moved))
                self._distributions |= self._distributed(moved)
                self._open.append(_Step(optimizer, moved, self._copies(moved), closure))
            if not closure:
                scale = getattr(optimizer, "grad_scale", None)  # a fused optimizer divides by it inside its step
                self._take(gradients, 1 if scale is None else scale)

    def _copies(self, moved: Mapping[str, Tensor]) -> dict[str, Tensor]:
        try:
            return self._turns.copies(moved)
        except Exception as error:  # no memory left, say
            self._failed("how far a step moved the parameters", error)
            return {}

    def _after_step(self, optimizer: Optimizer) -> None:
        with self._keeping_errors():
            if not self._open or self._open[-1].optimizer is not optimizer:
                return
            step = self._open.pop()
            if step.closure:
                gradients = gradients_of(step.parameters)
                self._take(gradients, 1)  # Lightning clips inside the closure
            pairs = {name: (copy, step.parameters[name]) for name, copy in step.copies.items()}
            self._changes.append(distances(pairs, self._failed))

    def _take(self, gradients: Mapping[str, Tensor], scale: float | Tensor) -> None:
        """Measure the gradients that a step takes."""
        self._grad_norms.append(divided(norms(gradients, self._no_gradient), scale))
        found = self._distributed(gradients)
        self._gradient_distributions |= {name: h._replace(edges=h.edges / scale) for name, h in found.items()}
        self.gradients_were_changed |= self._backward.step_takes(gradients)

    def _before_accumulation(self, name: str, parameter: Tensor) -> None:
        with self._keeping_errors():
            self._backward.before_accumulation(name, parameter)

    def _of(self, optimizer: Optimizer) -> dict[str, Tensor]:
        """The watched parameters that the optimizer moves."""
        in_groups = [p for group in optimizer.param_groups for p in group["params"]]
        self.stepped |= any(id(p) in self._others and p.grad is not None for p in in_groups)
        held = [p for p in in_groups if id(p) in self._names]
        return with_values({self._names[id(p)]: p for p in held})

    def _without(self) -> list[str]:
        """Those that require a gradient and got none, if any got one."""
        known = self._backward.with_gradient
        rest = {name: p for name, p in self._parameters.items() if p.requires_grad and name not in known}
        found = gradients_of(rest)
        return [name for name in rest if name not in found] if self.parameters_got_gradients else []

    def _added(self, loss_scale: float) -> NamedNorms:
        """What backward added in a block without a step; a scaler that skipped it may have unscaled the gradients."""
        unknown = loss_scale != 1 and not self._unclipped
        return no_norms() if self.stepped or unknown else self._backward.added()

    def _no_gradient(self, name: str, error: Exception) -> None:
        """Note a gradient that cannot be measured."""
        self._incomplete = True
        self._failed(name, error)

    def _distributed(self, tensors: Mapping[str, Tensor]) -> Distributions:
        return distributions(tensors, self._failed) if self._histograms else {}

    def _measured(self, tensors: Mapping[str, Tensor]) -> NamedNorms:
        return norms(tensors, self._failed)
