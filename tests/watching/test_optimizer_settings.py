"""The settings of an optimizer are read as they are."""

import torch
from torch import nn

from torchdemos.watching.optimizer_settings import settings


def test_of_several_groups_the_largest_counts() -> None:
    one, other = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    groups = [{"params": [one], "lr": 0.1, "weight_decay": 0.2}, {"params": [other]}]
    found = settings(torch.optim.SGD(groups, lr=0.3, momentum=0.9))
    assert found == {"learning_rate": 0.3, "weight_decay": 0.2, "momentum": 0.9}


def test_adam_has_two_memories() -> None:
    found = settings(torch.optim.AdamW([nn.Parameter(torch.ones(1))], lr=torch.tensor(0.5), betas=(0.8, 0.99)))
    assert found == {"learning_rate": 0.5, "weight_decay": 0.01, "momentum": 0.8, "square_memory": 0.99}


def test_what_is_no_number_is_unknown() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
    optimizer.param_groups[0]["lr"] = None
    assert "learning_rate" not in settings(optimizer)
