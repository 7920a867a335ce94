"""The gradients of parameters: as they stand now, and as a block made them."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchdemos.hooks.removal import Hooks
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
    found = {name: gradient_of(parameter) for name, parameter in unwrapped(model).named_parameters()}
    return {name: gradient.detach() for name, gradient in found.items() if gradient is not None}


def gradient_of(parameter: Tensor) -> Tensor | None:
    """The gradient that a parameter has, if it has one.

    Meta-learning puts computed tensors in the place of parameters. They have none, and PyTorch warns who asks them.
    """
    return parameter.grad if parameter.is_leaf or parameter.retains_grad else None


def before_accumulation(hooks: Hooks, parameters: Mapping[str, Tensor], notice: Callable[[str, Tensor], None]) -> None:
    """Call `notice(name, parameter)` whenever backward is about to add to a parameter's gradient."""
    for name, parameter in parameters.items():
        if parameter.requires_grad and parameter.is_leaf and not is_lazy(parameter):
            hooks.attach(parameter, parameter.register_hook, _Accumulation(name, parameter, notice))


class _Accumulation:
    """A hook on a parameter; the parameter's own reference to it is gone with the block."""

    def __init__(self, name: str, parameter: Tensor, notice: Callable[[str, Tensor], None]) -> None:
        self._name, self._parameter, self._notice = name, parameter, notice

    def __call__(self, gradient: Tensor) -> None:
        self._notice(self._name, self._parameter)
