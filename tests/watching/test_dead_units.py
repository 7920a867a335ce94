"""A unit is dead once it was silent in a thousand samples, over however many batches."""

import pytest
import torch
from torch import Tensor

from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.outputs import measure


def add(found: DeadUnits, *outputs: Tensor) -> None:
    for output in outputs:
        statistics = measure(output, 1)
        assert statistics is not None
        found.add({"relu": statistics}, {"relu": float(statistics.numbers[5])})


def active(*units: int, of: int = 4, samples: int = 500) -> Tensor:
    """A batch in which only these units ever give anything."""
    output = torch.zeros(samples, of)
    output[0, list(units)] = 1.0
    return output


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_unit_is_dead_that_no_batch_wakes(kind: torch.dtype) -> None:
    found = DeadUnits()
    add(found, active(0, 1).to(kind))
    assert found.shares() == {}
    add(found, active(1, 2).to(kind))
    assert found.shares() == {"relu": 0.25}


def test_one_batch_in_which_all_are_awake_is_enough() -> None:
    found = DeadUnits()
    add(found, active(0), active(0, 1, 2, 3), active(0))
    assert found.shares() == {"relu": 0.0}


def test_every_thousand_samples_are_judged_anew() -> None:
    found = DeadUnits()
    add(found, active(0, 1, 2, 3, samples=1000), active(0, samples=1000))
    assert found.shares() == {"relu": 0.75}


def test_a_layer_with_other_units_begins_again() -> None:
    found = DeadUnits()
    add(found, active(0), active(0, of=2), active(1, of=2))
    assert found.shares() == {"relu": 0.0}
