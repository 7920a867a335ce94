"""Layers whose mode or setting keeps a network from learning."""

import pytest
from histories import classifier, falling, flat, gradients, kinds, only, run


@pytest.mark.parametrize(("spread", "level"), [(3.1, "warning"), (0.3, "warning"), (1.0, "information")])
def test_a_batch_norm_in_evaluation_is_wrong_where_its_statistics_do_not_fit(spread: float, level: str) -> None:
    layers = {"bn": "BatchNorm1d in evaluation"}
    history = run(flat(), kinds=layers, outputs={"bn": {"std": [spread] * 40}}, gradients=gradients(1.0))
    assert (only(history).kind, only(history).level) == ("batch norm in evaluation", level)


def test_a_batch_norm_in_training_is_usual() -> None:
    assert kinds(run(flat(), kinds={"bn": "BatchNorm1d"}, outputs={"bn": {"std": [9.0] * 40}})) == []


@pytest.mark.parametrize(("share", "found"), [(0.8, False), (0.81, True)])
def test_more_than_four_fifths_dropped_is_much(share: float, found: bool) -> None:
    layers = {"drop": f"Dropout {share:g}"}
    assert kinds(run(flat(), kinds=layers)) == ["too much dropout"] * found
    assert not found or only(run(falling(), kinds=layers)).level == "information"


@pytest.mark.parametrize(("kind", "found"), [("BatchNorm1d momentum 0", True), ("BatchNorm1d", False)])
def test_running_statistics_that_never_change_are_wrong_later(kind: str, found: bool) -> None:
    history = run(falling(), kinds={"bn": kind}, gradients=gradients(1.0))
    assert kinds(history) == ["batch norm momentum"] * found


@pytest.mark.parametrize(("units", "level"), [(1, "warning"), (2, None)])
def test_a_single_unit_that_all_must_pass_is_a_bottleneck(units: int, level: str | None) -> None:
    layers = {"in": f"Linear 8 → {units}", "out": f"Linear {units} → 10"}
    history = run(flat(), kinds=layers, fed_by={"in": [], "out": ["in"]}, answer=classifier())
    assert kinds(history) == ["bottleneck"] * bool(level)
    assert level is None or only(history).level == level


def test_half_dropped_and_half_learnt_is_still_too_much() -> None:
    for end, level in ((0.52, "warning"), (0.48, "information")):
        history = run([2.3] * 20 + [2.3 * end] * 20, kinds={"drop": "Dropout 0.9"}, answer=classifier())
        assert only(history).level == level
