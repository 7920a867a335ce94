"""Measures what the backward passes of one block do to the gradients of parameters."""

import weakref
from collections.abc import Collection, Mapping
from typing import TypeVar

from torch import Tensor

from torchdemos.stats.vectors import bring
from torchdemos.watching.parameters import Failed, NamedNorms, chosen, distances, gradients_of, latest, no_norms, norms

T = TypeVar("T")


class BackwardMeter:
    """Measures the gradients as backward leaves them, and what it adds to those from before the block.

    With `hooks_on_parameters` a copy tells what a gradient was before. Without, only those count that were not there
    when the first backward pass began, or were 0. What the loop changes after backward, as a `GradScaler` and
    `zero_grad(set_to_none=False)` do, counts as backward left it: `every_pass` measures that, which takes time, and
    otherwise it does not count.
    """

    def __init__(self, parameters: Mapping[str, Tensor], every_pass: bool, failed: Failed) -> None:
        self._parameters, self._every_pass, self._failed = parameters, every_pass, failed
        self.hooks_on_parameters = False
        self.with_gradient: set[str] = set()
        self._at_start = {name: weakref.ref(gradient) for name, gradient in gradients_of(parameters).items()}
        self._before_first_pass: NamedNorms | None = (
            None  # of gradients from before the block, where no hook copies them
        )
        self._earlier: dict[str, Tensor | None] = {}  # gradients from before the block, as hooks copied them
        self._versions: dict[str, int] = {}  # of the gradients as the latest pass left them
        self._held: dict[str, Tensor] = {}  # gradients as the latest pass left them: the loop may set them to None
        self._after_passes: list[NamedNorms] = []
        self._passes = 0
        self._stepped = False
        self.left_over = no_norms()

    def before_accumulation(self, name: str, parameter: Tensor) -> None:
        """Keep what a gradient was before backward first adds to it in this block."""
        if name not in self._earlier:
            self._earlier[name] = None if parameter.grad is None else parameter.grad.detach().clone()

    def before_pass(self) -> None:
        """Measure what is left over from before this block as its first pass begins, where no hook copies it."""
        if self._before_first_pass is None and not (self.hooks_on_parameters or self._stepped):
            there = gradients_of(self._parameters)
            same = {name: gradient for name, gradient in there.items() if self._was_there(name, gradient)}
            self._before_first_pass = norms(same, self._failed)

    def after_pass(self) -> None:
        """Note the gradients as a pass left them."""
        self._passes += 1
        gradients = gradients_of(self._parameters)
        self._versions = {name: gradient._version for name, gradient in gradients.items()}
        self.with_gradient |= gradients.keys()
        self._held = {} if self._stepped else gradients
        if self._every_pass:
            self._after_passes.append(norms(gradients, self._failed))

    def step_begins(self, moved: Collection[str]) -> None:
        """Forget what backward added: a step takes it, and of what it moves what was left over from earlier blocks."""
        if not self._stepped:
            self.left_over = chosen(self._left_over(), moved)
        self._stepped = True
        self._earlier.clear()
        self._held.clear()

    def _left_over(self) -> NamedNorms:
        """What gradients held from before the block. Where no hook copied it, of a single pass: the loop may clear some
        between two, as that of a GAN does."""
        if self.hooks_on_parameters:
            return norms({name: copy for name, copy in self._earlier.items() if copy is not None}, self._failed)
        kept = {name for name, gradient in gradients_of(self._parameters).items() if self._was_there(name, gradient)}
        return chosen(self._before_first_pass or no_norms(), kept if self._passes == 1 else ())

    def step_takes(self, gradients: Mapping[str, Tensor]) -> bool:
        """Note the gradients that a step takes; say whether the loop has changed some since backward."""
        self.with_gradient |= gradients.keys()
        return any(self._has_other_version(name, gradient) for name, gradient in gradients.items())

    def after_last_pass(self) -> NamedNorms:
        """The gradients as backward left them, where every pass was measured."""
        return latest(self._after_passes)

    def added(self) -> NamedNorms:
        """What backward added to the gradients in this block, if no optimizer took a step in it."""
        now = self._held | gradients_of(self._parameters)
        pairs = {name: (earlier, now[name]) for name, earlier in self._before(now).items() if name in now}
        fresh = {name: gradient for name, (earlier, gradient) in pairs.items() if earlier is None}
        grown = {name: (earlier, gradient) for name, (earlier, gradient) in pairs.items() if earlier is not None}
        changed = self._changed(now)
        as_left = chosen(self.after_last_pass(), fresh.keys() & changed)
        return latest(
            [as_left, norms(_without(fresh, changed), self._failed), distances(_without(grown, changed), self._failed)]
        )

    def _before(self, now: Mapping[str, Tensor]) -> dict[str, Tensor | None]:
        """What the gradients were before the block, as far as that is known; None is 0."""
        if self.hooks_on_parameters:
            copies = {name: copy for name, copy in self._earlier.items() if copy is not None}
            zero = _zeros(norms(copies, self._failed))
            return {name: None if name in zero else copy for name, copy in self._earlier.items()}
        zero = _zeros(self._before_first_pass or no_norms())
        return {name: None for name, gradient in now.items() if name in zero or not self._was_there(name, gradient)}

    def _was_there(self, name: str, gradient: Tensor) -> bool:
        """Whether it is the tensor that the parameter had as its gradient when the block began."""
        return name in self._at_start and self._at_start[name]() is gradient

    def _changed(self, now: Mapping[str, Tensor]) -> set[str]:
        """Those that the loop has changed since the latest pass. A `GradScaler` does it without another version."""
        left, found = _by_name(self.after_last_pass()), _by_name(norms(now if self._every_pass else {}, self._failed))
        by_value = {name for name, norm in found.items() if left.get(name, norm) != norm}
        return by_value | {name for name, gradient in now.items() if self._has_other_version(name, gradient)}

    def _has_other_version(self, name: str, gradient: Tensor) -> bool:
        return name in self._versions and self._versions[name] != gradient._version


def _by_name(found: NamedNorms) -> dict[str, float]:
    return dict(zip(found.names, bring([found.values])[0].tolist(), strict=True))


def _zeros(found: NamedNorms) -> set[str]:
    return {name for name, norm in _by_name(found).items() if norm == 0}


def _without(found: Mapping[str, T], names: set[str]) -> dict[str, T]:
    return {name: value for name, value in found.items() if name not in names}
