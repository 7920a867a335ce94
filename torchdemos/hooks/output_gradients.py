"""The gradients of outputs: one backward pass gives each at once, several add up."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor

from torchdemos.hooks import torch_state

Keep = Callable[[Tensor], Any]


class OutputGradients:
    """What `keep` makes of d loss / d output, by key.

    `before_pass` is called when a backward pass is about to give the first of these, `after_pass` when it is done.

    Gradients of an output add up over the backward passes that add to gradients of `parameters`, as those do. A pass
    that only computes gradients, as `torch.autograd.grad` does, counts where there is no other. A second pass can come
    only after one that keeps its graph, and only then are the gradients themselves held.
    """

    def __init__(
        self,
        keep: Keep,
        before_pass: Callable[[], None] | None,
        after_pass: Callable[[], None] | None,
        parameters: Sequence[Tensor],
    ) -> None:
        self.kept: dict[str, Any] = {}
        self._keep, self._parameters = keep, parameters
        self._before_pass, self._after_pass = before_pass, after_pass
        self._latest_pass = torch_state.NO_PASS
        self._passes: dict[int, _Pass] = {}  # those that run and may be one of several; checkpointing nests them
        self._sums: dict[str, Tensor] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"kept": self.kept}

    def notice_pass(self) -> int:
        """Notice the backward pass that runs, before it gives gradients; return its number."""
        number = torch_state.backward_pass()
        if number != self._latest_pass and number not in self._passes:
            self._begin(number)
        self._latest_pass = number
        return number

    def add(self, key: str, gradient: Tensor) -> None:
        """Take the gradient that the backward pass that runs gives to an output."""
        number = self.notice_pass()
        with torch_state.outside_modes():
            try:
                gradient = gradient.detach()
            except RuntimeError:  # a batched backward pass computes many gradients in one, and none can be read
                return
            if number in self._passes:
                self._passes[number].gradients[key] = gradient.clone()
            else:
                self.kept[key] = self._keep(gradient)

    def forget(self) -> None:
        """Free the gradients that were held for a further pass."""
        self._passes.clear()
        self._sums.clear()

    def _begin(self, number: int) -> None:
        if self._before_pass:
            self._before_pass()
        one_of_several = torch_state.keeps_graph() or bool(self._sums) or bool(self._passes)
        if one_of_several:
            self._passes[number] = _Pass(_state(self._parameters), {})
        if one_of_several or self._after_pass:
            torch_state.at_end_of_backward(partial(self._end, number))

    def _end(self, number: int) -> None:
        if found := self._passes.pop(number, None):
            with torch_state.outside_modes():
                self._count(found.gradients, adds=found.before != _state(self._parameters))
        if self._after_pass:
            self._after_pass()

    def _count(self, gradients: dict[str, Tensor], adds: bool) -> None:
        for key, gradient in gradients.items():
            earlier = self._sums.get(key)
            if adds:
                self._sums[key] = gradient = gradient if earlier is None else earlier + gradient
            if adds or earlier is None:
                self.kept[key] = self._keep(gradient)


class _Pass(NamedTuple):
    """A backward pass that may be one of several: the gradients of parameters before it, and what it gives outputs."""

    before: list[tuple[int, int]]
    gradients: dict[str, Tensor]


def _state(parameters: Sequence[Tensor]) -> list[tuple[int, int]]:
    """What changes when a backward pass adds to the gradient of a parameter."""
    return [(id(p.grad), p.grad._version) for p in parameters if p.is_leaf and p.grad is not None]
