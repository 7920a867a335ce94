"""NaN and inf are told where they came first."""

import math

import pytest
from histories import kinds, only, run

from torchdemos.diagnosis.history import Statistics

INF = math.inf


def outputs(**shares: list[float]) -> dict[str, Statistics]:
    return {name: {"finite_fraction": row, "abs_max": [1.0] * len(row)} for name, row in shares.items()}


def test_nan_in_the_data_is_named_as_that() -> None:
    history = run(looks=2, given={"finite_fraction": [1.0, 0.99]}, outputs=outputs(fc=[1.0, 0.9], out=[1.0, 0.9]))
    assert only(history).step == 1 and "was given held NaN" in only(history).evidence


def test_the_first_layer_in_call_order_is_named() -> None:
    finding = only(run(looks=2, outputs=outputs(fc=[1.0, 1.0], act=[1.0, 0.5], out=[1.0, 0.5])))
    assert (finding.layer, finding.step) == ("act", 1) and "50 % of the output" in finding.evidence


def test_the_first_look_is_named_and_not_the_latest() -> None:
    finding = only(run(looks=4, outputs=outputs(fc=[1.0, 1.0, 1.0, 0.5], out=[1.0, 0.5, 0.5, 0.5])))
    assert (finding.layer, finding.step) == ("out", 1)


def test_the_end_of_float16_is_recognized() -> None:
    near = {"fc": {"finite_fraction": [1.0, 0.9], "abs_max": [6e4, INF]}}
    assert "float16" in only(run(looks=2, outputs=near)).advice
    beyond = {"fc": {"finite_fraction": [1.0, 0.9], "abs_max": [7e4, INF]}}
    assert "float16" not in only(run(looks=2, outputs=beyond)).advice


def test_weights_that_a_step_broke_are_named() -> None:
    parameters = {"fc.weight": {"norm": [1.0, INF]}, "out.weight": {"norm": [1.0, INF]}}
    finding = only(run(looks=2, parameters=parameters))
    assert (finding.layer, finding.step) == ("fc", 1) and "'fc' and 1 more layer are" in finding.evidence


@pytest.mark.parametrize(("taken", "found"), [([1.0, INF], True), ([1.0, math.nan], False)])
def test_a_broken_gradient_counts_once_a_step_took_it(taken: list[float], found: bool) -> None:
    """A scaler skips such a step, and goes on."""
    norms = {"fc": {"norm": [1.0, INF]}, "out": {"norm": [1.0, 1.0]}}
    history = run(looks=2, gradients=norms, totals={"gradient_norm": taken})
    assert kinds(history) == ["not finite"] * found
    assert not found or only(history).layer == "fc"


def test_one_loss_that_is_not_finite_may_be_an_empty_batch() -> None:
    assert kinds(run([1.0, math.nan, 1.0])) == []
    assert kinds(run([1.0, math.nan, math.nan, 1.0])) == ["not finite"]
    assert kinds(run([1.0, 1.0, math.nan])) == [] and kinds(run([1.0, math.nan, math.nan])) == ["not finite"]


@pytest.mark.parametrize(("last", "verb"), [(INF, "is"), (1.0, "was")])
def test_what_is_finite_again_is_told_in_the_past(last: float, verb: str) -> None:
    share = 0.5 if last == INF else 1.0
    own = {"fc": {"norm": [1.0, INF, last]}}
    assert f"The loss {verb} NaN or inf" in only(run([1.0, INF, INF, last])).evidence
    assert f"'fc' {verb} NaN or inf" in only(run(looks=3, outputs=outputs(fc=[1.0, 0.5, share]))).evidence
    gradients = run(looks=3, gradients=own, totals={"gradient_norm": [1.0, INF, last]})
    assert f"The gradient of 'fc' {verb} NaN or inf" in only(gradients).evidence
    weights = run(looks=3, parameters={"fc.weight": own["fc"]})
    assert f"The weights of 'fc' {'are' if verb == 'is' else 'were'} NaN or inf" in only(weights).evidence
