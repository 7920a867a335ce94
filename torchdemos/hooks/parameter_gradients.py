"""The gradients of parameters: as they stand now, and as a block made them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchdemos.hooks.wrappers import unwrapped


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """Return the gradient of every parameter, by name, as it stands now.

    Call it where the question is: after `backward`, after `unscale_`, after clipping.

    `model` may be wrapped by `DistributedDataParallel`, `DataParallel` or `torch.compile`; the names are
    those of the model inside. Each gradient has its parameter's shape and is the model's own tensor, not a
    copy. A parameter without a gradient is left out, which is not the same as a gradient of 0. A tied
    parameter counts once, under its first name.

    ```python
    from torchdemos import gradients

    loss_fn(model(inputs), targets).backward()
    for name, gradient in gradients(model).items():
        print(name, gradient.norm())
    ```
    """
    return {name: p.grad.detach() for name, p in unwrapped(model).named_parameters() if p.grad is not None}


@contextmanager
def hold_gradients(parameters: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """Hold the gradients that parameters get inside a `with` block, by name, even if `zero_grad` drops them in it.

    They are the parameters' own tensors: what clipping or unscaling does to them later shows.
    """
    held: dict[str, Tensor] = {}
    handles = [
        parameter.register_post_accumulate_grad_hook(_HoldGradient(held, name))  # type: ignore[no-untyped-call]
        for name, parameter in parameters.items()
        if parameter.requires_grad and parameter.is_leaf and not is_lazy(parameter)
    ]
    try:
        yield held
    finally:
        for handle in handles:
            handle.remove()


class _HoldGradient:
    """A hook on a parameter that knows only its name."""

    def __init__(self, held: dict[str, Tensor], name: str) -> None:
        self._held, self._name = held, name

    def __call__(self, parameter: Tensor) -> None:
        if parameter.grad is not None:
            self._held[self._name] = parameter.grad
