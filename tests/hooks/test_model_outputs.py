"""What a whole model gives is seen until the handle is removed, and nothing is changed."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from torchdemos.hooks.model_outputs import see_outputs


class Scaled(nn.Module):
    def forward(self, x: Tensor, by: float = 2.0) -> Tensor:
        return x * by


def test_each_call_is_seen_with_its_named_arguments() -> None:
    model, seen = Scaled(), list[tuple[Mapping[str, Any], Any]]()
    handle = see_outputs(model, lambda named, output: seen.append((named, output)))
    output = model(torch.ones(1), by=3.0)
    assert handle is not None and seen[0][0] == {"by": 3.0} and seen[0][1] is output
    handle.remove()
    model(torch.ones(1))
    assert len(seen) == 1


def test_a_pass_that_is_repeated_in_backward_is_not_seen_twice() -> None:
    model, seen = Scaled(), list[Any]()
    see_outputs(model, lambda named, output: seen.append(output))
    checkpoint(model, torch.ones(1, requires_grad=True), use_reentrant=False).sum().backward()
    assert len(seen) == 1


def test_a_copy_of_the_model_is_not_seen() -> None:
    model, seen = Scaled(), list[Any]()
    see_outputs(model, lambda named, output: seen.append(output))
    assert copy.deepcopy(model)(torch.ones(1), by=4.0).item() == 4 and not seen


@pytest.mark.filterwarnings("ignore:.torch.jit")
def test_a_scripted_model_takes_no_hook() -> None:
    assert see_outputs(torch.jit.script(nn.ReLU()), print) is None
