"""What is kept of each output in a block, and of its gradient."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from torchdemos import stats
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching.outputs import OutputStatistics, measure
from torchdemos.watching.tensor_parallel import is_spread
from torchdemos.watching.tokens import Tokens
from torchdemos.watching.units import Units


class OutputKeeper:
    """Keeps the statistics of outputs, of some `tokens` only if these are given, with `histogram` and `first` sample.

    What cannot be measured (a kind of tensor without such operations, no memory left) gives None; its layer and the
    error go to `failed`.
    """

    def __init__(
        self,
        units: Units,
        tokens: Tokens | None,
        histogram: bool,
        first: bool,
        failed: Callable[[str, Exception], None],
    ) -> None:
        self._units, self._tokens, self._failed = units, tokens, failed
        self._histogram, self._first = histogram, first

    def output(self, layer: str, path: str, inputs: Any, output: Tensor) -> OutputStatistics | None:
        """The statistics of an output; None for what is not an activation."""
        try:
            return measure(output, self._place(layer, path, inputs, output), self._histogram, self._first, self._tokens)
        except Exception as error:  # a tensor that cannot be summed must not end the training
            self._failed(layer, error)
            return None

    def _place(self, layer: str, path: str, inputs: Any, output: Tensor) -> int | None:
        try:
            return self._units.place(layer, path, inputs, output)
        except Exception:  # a kind of tensor without strides, say, has a mean all the same
            return None

    def gradient(self, gradient: Tensor) -> Float64Vector | None:
        """Norm and largest magnitude of an output's gradient [2]; None for a kind of tensor that has none."""
        if is_spread(gradient) or gradient.is_meta:
            return None
        try:
            if not kernels.is_usual(gradient):
                gradient = stats.as_plain(gradient)
            return kernels.norm_and_abs_max(self._tokens.select_gradient(gradient) if self._tokens else gradient)
        except Exception as error:
            self._failed("the gradient of an output", error)
            return None
