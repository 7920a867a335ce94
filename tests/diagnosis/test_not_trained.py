"""Parts of a network that do not train."""

import math
from typing import Any

import pytest
from histories import classifier, flat, gradients, kinds, only, run

from torchdemos.diagnosis import History
from torchdemos.diagnosis.history import Statistics

NAN = math.nan


def network(looks: int = 40, **changes: dict[str, Any]) -> History:
    """Three layers that train; `changes` are statistics of a layer's weight."""
    usual: dict[str, Any] = {"norm": 1.0, "grad_norm": 0.1, "update_ratio": 1e-3}
    parameters: dict[str, Statistics] = {
        f"{layer}.weight": {name: [value] * looks for name, value in (usual | changes.get(layer, {})).items()}
        for layer in ("fc0", "fc1", "fc2")
    }
    outputs = {layer: {"std": [1.0] * looks} for layer in ("fc0", "fc1", "fc2")}
    fed_by = {"fc0": [], "fc1": ["fc0"], "fc2": ["fc1"]}
    totals = {"gradient_norm": [0.2] * looks}
    return run(
        looks=looks, parameters=parameters, outputs=outputs, totals=totals, fed_by=fed_by,
        gradients=gradients(0.1, 0.1, 0.1, looks=looks),
    )  # fmt: skip


@pytest.mark.parametrize(("looks", "found"), [(2, False), (3, True)])
def test_a_gradient_of_zero_counts_once_it_persists(looks: int, found: bool) -> None:
    history = run(looks=looks, gradients=gradients(0.0, 0.0, 0.1, 0.1, looks=looks))
    assert kinds(history) == ["gradient cut off"] * found
    assert not found or only(history).layer == "fc1"


def test_a_gradient_that_comes_later_was_never_cut() -> None:
    """As in front of a zero-initialized layer."""
    norms = gradients(0.0, 0.1, looks=4)
    assert kinds(run(looks=4, gradients=norms | {"fc0": {"norm": [0.0, 0.1, 0.1, 0.1]}})) == []


def test_a_layer_that_ran_and_got_no_gradient_lies_before_a_cut() -> None:
    history = network()
    cut = History(**{**vars(history), "without_gradient": ["fc0.weight"], "gradients": gradients(NAN, 0.1, 0.1)})
    assert only(cut).kind == "gradient cut off" and only(cut).layer == "fc0" and "detach()" in only(cut).advice


def test_a_weight_that_has_a_gradient_and_never_moves_is_not_trained() -> None:
    assert kinds(network()) == []
    assert only(network(fc1={"update_ratio": 0.0})).level == "warning"
    everywhere = network(**{f"fc{i}": {"update_ratio": 0.0} for i in range(3)})
    assert (only(everywhere).kind, only(everywhere).level) == ("not trained", "error")


def test_a_schedule_that_ends_at_zero_has_trained() -> None:
    assert kinds(network(looks=2, fc1={"update_ratio": 0.0})) == []
    ratios = [1e-3] * 37 + [0.0] * 3
    history = network()
    moved = {name: {**own, "update_ratio": ratios} for name, own in history.parameters.items()}
    assert kinds(History(**{**vars(history), "parameters": moved})) == []


@pytest.mark.parametrize(("loss", "found"), [(2.3, True), (0.5, False)])
def test_a_schedule_that_ends_before_anything_is_learnt_ends_too_early(loss: float, found: bool) -> None:
    history = network()
    stopped = {name: {**own, "update_ratio": [1e-3] * 10 + [0.0] * 30} for name, own in history.parameters.items()}
    losses = [(step, 2.3 if step < 10 else loss) for step in range(40)]
    ended = History(**{**vars(history), "parameters": stopped, "losses": losses, "answer": classifier()})
    assert kinds(ended) == ["not trained"] * found
    assert not found or only(ended).step == 10


@pytest.mark.parametrize(("layer", "level"), [("fc0", "information"), ("fc1", "warning")])
def test_a_layer_that_no_optimizer_has_is_suspicious_behind_one_that_trains(layer: str, level: str) -> None:
    finding = only(network(**{layer: {"grad_norm": NAN, "update_ratio": NAN}}))
    assert (finding.kind, finding.level, finding.layer) == ("not trained", level, layer)


def test_frozen_parameters_are_information() -> None:
    history = History(**{**vars(network()), "frozen": ["fc0.weight"]})
    assert [(f.kind, f.level) for f in [only(history)]] == [("frozen", "information")]


@pytest.mark.parametrize(("left", "found"), [(0.9e-2, True), (1.1e-2, False)])
def test_clipping_that_leaves_nothing_is_found_while_the_loss_stays(left: float, found: bool) -> None:
    totals = {"gradient_norm": [left] * 40, "unclipped_gradient_norm": [1.0] * 40}
    assert kinds(run(flat(), totals=totals)) == ["clipped away"] * found


@pytest.mark.parametrize(("looks", "found"), [(19, False), (20, True)])
def test_a_learning_rate_of_zero_may_be_a_warm_up(looks: int, found: bool) -> None:
    everywhere = network(looks=looks, **{f"fc{i}": {"update_ratio": 0.0} for i in range(3)})
    assert kinds(everywhere) == ["not trained"] * found


@pytest.mark.parametrize(("classes", "found"), [(10, True), (2, False)])
def test_logits_that_pass_a_tanh_are_found(classes: int, found: bool) -> None:
    """Two sigmoids under binary cross entropy begin at ln 2 as well, and are right."""
    history = run([math.log(classes)] * 40, kinds={"head": "Tanh"}, outputs={"head": {}}, answer=classifier(classes))
    assert kinds(history) == ["saturated units"] * found


def test_logits_that_pass_a_relu_are_found() -> None:
    outputs = {"head": {"zero_fraction": [0.5] * 40}}
    history = run(flat(), outputs=outputs, kinds={"head": "ReLU"}, answer=classifier())
    assert only(history).kind == "gradient cut off" and only(history).layer == "head"
    assert kinds(run([0.3] * 40, outputs=outputs, kinds={"head": "ReLU"}, answer=classifier())) == []
