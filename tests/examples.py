"""Examples in README and in docstrings: the blocks of a text, and the names that they take for granted."""

import re
from collections import OrderedDict
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy


def blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def names() -> dict[str, Any]:
    """A seeded model with one layer `fc1`, 25 batches for it, and what trains it."""
    torch.manual_seed(0)
    model = nn.Sequential(OrderedDict(fc1=nn.Linear(4, 3)))
    inputs, targets = torch.randn(8, 4), torch.randint(0, 3, (8,))
    return {
        "model": model,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "loss_fn": cross_entropy,
        "loader": [(inputs, targets)] * 25,
        "inputs": inputs,
        "targets": targets,
    }
