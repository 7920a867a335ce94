"""Ways to draw the first weights."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

WEIGHTS = (nn.Linear, nn.Conv2d)
Init = Callable[[Tensor, float], object]


def scaled(draw: Callable[[Tensor], object]) -> Init:
    def init(weight: Tensor, gain: float) -> None:
        draw(weight)
        weight.mul_(gain)

    return init


INITS: dict[str, Init] = {
    "he": scaled(lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu")),
    "xavier": scaled(nn.init.xavier_normal_),
    "orthogonal": scaled(nn.init.orthogonal_),
    "normal": lambda weight, gain: nn.init.normal_(weight, std=gain),
    "zero": lambda weight, gain: nn.init.zeros_(weight),
    "constant": nn.init.constant_,
}


def initialize(model: nn.Module, init: str, gain: float) -> None:
    """Draw the weights of all dense layers and convolutions anew, biases 0; "default" leaves all as PyTorch does."""
    if init == "default":
        return
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, WEIGHTS):
                INITS[init](module.weight, gain)
                if module.bias is not None:
                    module.bias.zero_()
