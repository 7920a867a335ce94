"""What an optimizer is told: its learning rate, momentum and weight decay, as they are at this step."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer


def settings(optimizer: Optimizer) -> dict[str, float]:
    """`learning_rate`, `weight_decay`, `momentum` and `square_memory` (the second of Adam's betas), each where there is
    one: the largest of all groups.

    A tensor that is not on the CPU is unknown, because reading it would wait for its device.
    """
    found: dict[str, list[float]] = {}
    for group in optimizer.param_groups:
        for name, value in _of_group(group).items():
            if isinstance(value, (int, float)) or (isinstance(value, Tensor) and value.is_cpu and value.numel() == 1):
                found.setdefault(name, []).append(float(value))
    return {name: max(values) for name, values in found.items()}


def _of_group(group: Mapping[str, Any]) -> dict[str, Any]:
    betas: Sequence[Any] = own if isinstance(own := group.get("betas"), (tuple, list)) and len(own) > 1 else ()
    return {
        "learning_rate": group.get("lr"),
        "weight_decay": group.get("weight_decay"),
        "momentum": betas[0] if betas else group.get("momentum"),
        "square_memory": betas[1] if betas else None,
    }
