"""A unit is dead once it was silent in the last thousand samples, over however many batches."""

import math

import pytest
import torch
from torch import Tensor

from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.outputs import OutputStatistics, measure


def shares(found: DeadUnits, *outputs: Tensor) -> list[float]:
    """What is known of the layer after each of its outputs."""
    found_shares = (found.add({"relu": measured(output)}) for output in outputs)
    return [float(known["relu"][0]) if "relu" in known else math.nan for known in found_shares]


def measured(output: Tensor) -> OutputStatistics:
    statistics = measure(output, 1)
    assert statistics is not None
    return statistics


def active(*units: int, of: int = 4, samples: int = 500) -> Tensor:
    """A batch in which only these units ever give anything."""
    output = torch.zeros(samples, of)
    output[0, list(units)] = 1.0
    return output


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_unit_is_dead_that_no_batch_wakes(kind: torch.dtype) -> None:
    batches = (active(0, 1), active(1, 2))
    assert shares(DeadUnits(), *(batch.to(kind) for batch in batches)) == pytest.approx([math.nan, 0.25], nan_ok=True)


def test_with_fewer_than_a_thousand_samples_nobody_knows() -> None:
    assert shares(DeadUnits(), active(0, samples=999), active(0, samples=1))[1] == 0.75
    assert math.isnan(shares(DeadUnits(), active(0, samples=999))[0])


def test_one_batch_in_which_all_are_awake_is_enough() -> None:
    assert shares(DeadUnits(), active(0), active(0, 1, 2, 3), active(0))[1:] == [0.0, 0.0]


def test_the_thousand_samples_are_the_latest_at_every_look() -> None:
    batches = active(0, 1, 2, 3, samples=1000), active(0), active(0), active(0, 1)
    assert shares(DeadUnits(), *batches) == [0.0, 0.0, 0.75, 0.5]


def test_a_unit_that_wakes_up_begins_to_be_silent_anew() -> None:
    batches = active(0), active(0), active(0, 1), active(0), active(0)
    assert shares(DeadUnits(), *batches)[1:] == [0.75, 0.5, 0.5, 0.75]


def test_a_layer_with_other_units_begins_again() -> None:
    found = shares(DeadUnits(), active(0), active(0, of=2), active(1, of=2))
    assert math.isnan(found[1]) and found[2] == 0.0


def test_a_layer_of_which_nobody_knows_the_units_has_none_that_are_dead() -> None:
    unknown = measure(active(0), None)
    assert unknown is not None
    assert DeadUnits().add({"odd": unknown, "relu": measured(active(0, samples=1000))}).keys() == {"relu"}


def test_units_that_are_not_finite_are_not_dead() -> None:
    assert shares(DeadUnits(), torch.full((1000, 2), math.nan)) == [0.0]
