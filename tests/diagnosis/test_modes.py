"""Layers whose mode or setting keeps a network from learning."""

import pytest
from histories import falling, flat, gradients, kinds, only, run


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
