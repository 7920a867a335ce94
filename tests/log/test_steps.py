"""A step is a whole number that fits into an event file, and everything else gets a sentence."""

from fractions import Fraction
from typing import Any

import numpy
import pytest
import torch

from torchdemos.log.steps import step_number


@pytest.mark.parametrize(
    "step",
    [
        7,
        numpy.int64(7),
        numpy.uint8(7),
        numpy.array(7),
        torch.tensor(7),
        torch.tensor([7]),
        torch.tensor(7, dtype=torch.int8),
    ],
)
def test_every_whole_number_is_a_step(step: Any) -> None:
    number = step_number(step)
    assert number == 7 and type(number) is int


@pytest.mark.parametrize("step", [None, "6", 1.7, 6.0, numpy.float32(6), torch.tensor(6.0), Fraction(6), [6], b"6"])
def test_nothing_else_is_a_step(step: Any) -> None:
    with pytest.raises(TypeError, match="a step is a whole number.*and this is") as raised:
        step_number(step)
    assert repr(step) in str(raised.value) and type(step).__name__ in str(raised.value)


@pytest.mark.parametrize("step", [-(2**63), -1, 0, 2**63 - 1])
def test_an_event_file_holds_64_bits(step: int) -> None:
    assert step_number(step) == step


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1, 10**30])
def test_more_than_64_bits_are_refused_with_the_limit(step: int) -> None:
    with pytest.raises(ValueError, match=rf"step {step} does not fit .* 2\*\*63 - 1"):
        step_number(step)
