"""Dead and saturated units."""

import math

import pytest

from torchdemos import diagnosis
from torchdemos.diagnosis import diagnose

from .by_layer import layers


@pytest.mark.parametrize(
    ("share", "level"),
    [(0.1, None), (0.11, "warning"), (0.5, "warning"), (0.51, "error"), (1.0, "error"), (math.nan, None)],
)
def test_dead_units_warn_above_a_tenth_and_fail_above_half(share: float, level: str | None) -> None:
    found = diagnosis.dead_units({"fc": share}, samples=1000)
    assert (found.level if found else None) == level


def test_dead_units_need_a_thousand_samples() -> None:
    assert diagnosis.dead_units({"fc": 1.0}, samples=999) is None


@pytest.mark.parametrize(("share", "found"), [(0.5, False), (0.51, True), (math.nan, False)])
def test_saturated_units_warn_above_half(share: float, found: bool) -> None:
    assert (diagnosis.saturated_units({"fc": share}) is not None) == found


def test_many_sick_layers_are_one_finding_that_names_the_worst() -> None:
    dead, saturated = diagnose(dead=layers(0.2, 0.9, math.nan, 0.3, 0.05), samples=5000, saturated=layers(0.6, 0.7))
    assert (dead.kind, dead.layer, saturated.kind, saturated.layer) == ("dead units", "fc1", "saturated units", "fc1")
    assert "90.0% of the units of 'fc1'" in dead.message and "2 more layers" in dead.message
    assert "none of 5000 samples (error above 50%)" in dead.message
    assert "70.0%" in saturated.message and "1 more layer like it" in saturated.message
