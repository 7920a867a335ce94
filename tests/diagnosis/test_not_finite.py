"""NaN and inf are traced to the layer that they came from."""

import math

import pytest

from torchdemos import diagnosis
from torchdemos.diagnosis import diagnose

from .by_layer import layers


def test_the_first_layer_in_call_order_that_is_not_finite_is_named() -> None:
    found = diagnose(finite=layers(1, 0.75, 0, 0))
    assert [(f.kind, f.level, f.layer) for f in found] == [("not finite", "error", "fc1")]
    assert "25 % of the output of 'fc1'" in found[0].message
    assert "2 more layers" in found[0].message
    assert "weights" not in found[0].message


def test_a_layer_without_output_values_is_not_accused() -> None:
    assert diagnosis.not_finite(layers(math.nan, 1)) is None


@pytest.mark.parametrize(("fine", "words"), [(False, "already non-finite"), (True, "weights are finite")])
def test_the_layers_own_weights_are_accused_or_cleared(fine: bool, words: str) -> None:
    found = diagnosis.not_finite(layers(1, 0), {"fc0": not fine, "fc1": fine})
    assert found is not None and words in found.message


def test_the_backward_pass_is_traced_from_the_loss() -> None:
    found = diagnosis.gradient_not_finite(layers(math.nan, math.inf, 1.0))
    assert found is not None
    assert (found.kind, found.layer) == ("not finite", "fc1")
    assert diagnosis.gradient_not_finite(layers(1e300, 0.0)) is None
