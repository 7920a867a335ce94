"""Units that are dead, saturated, or copies of one another."""

import math
from dataclasses import replace

import pytest
import torch
from histories import classifier, falling, flat, kinds, only, run, weights
from torch import nn

from torchdemos import every, watch
from torchdemos.diagnosis import diagnose
from torchdemos.diagnosis.history import Statistics

NAN = math.nan


def layer(looks: int = 40, **series: float | list[float]) -> dict[str, Statistics]:
    """One layer `fc` before another, `out`, whose numbers are sound."""
    own = {name: [value] * looks if isinstance(value, (int, float)) else value for name, value in series.items()}
    return {"fc": own, "out": {"std": [1.0] * looks}}


@pytest.mark.parametrize(("share", "level"), [(0.49, None), (0.51, "warning"), (0.91, "error")])
def test_half_of_the_units_dead_is_a_warning_while_nothing_is_learnt(share: float, level: str | None) -> None:
    history = run(flat(), outputs=layer(long_dead=[NAN] * 5 + [0.0] * 5 + [share] * 30))
    assert [finding.level for finding in diagnose(history)] == ([level] if level else [])
    assert kinds(run(falling(), outputs=history.outputs)) == []


def test_units_that_die_later_died_of_the_steps() -> None:
    history = run(flat(), outputs=layer(long_dead=[0.0] * 10 + [0.95] * 30, dead_units=0.0))
    assert only(history).step == 10 and "Lower the learning rate" in only(history).advice


def test_units_that_were_dead_at_first_died_of_the_start() -> None:
    history = run(flat(), outputs=layer(long_dead=[NAN] * 15 + [0.95] * 25, dead_units=0.95))
    assert "at the first look" in only(history).advice


@pytest.mark.parametrize(("looks", "dead"), [(2, False), (3, True)])
def test_a_layer_is_silent_once_three_looks_in_a_row_say_so(looks: int, dead: bool) -> None:
    history = run(flat(), outputs=layer(zero_fraction=[0.5] * (40 - looks) + [1.0] * looks))
    assert kinds(history) == ["dead units"] * dead


def test_a_layer_that_wakes_again_is_not_dead() -> None:
    assert kinds(run(flat(), outputs=layer(zero_fraction=[1.0] * 10 + [0.5] * 30))) == []


def test_an_answer_of_zero_weights_has_no_dead_units() -> None:
    """A linear layer that begins with zeros, seen once with a thousand samples before its first step."""
    outputs = {"out": {"zero_fraction": [1.0], "long_dead": [1.0], "dead_units": [1.0]}}
    start = run([2.3], outputs=outputs, parameters={"out.weight": {"norm": [0.0]}}, kinds={"out": "Linear 784 → 10"})
    assert kinds(start) == []
    assert kinds(replace(start, parameters={"out.weight": {"norm": [1.0]}})) == ["dead units"]


def test_what_zero_weights_feed_is_not_dead_and_what_comes_later_may_be() -> None:
    dead: Statistics = {"zero_fraction": [1.0] * 40}
    outputs = {"fc": dead, "act": dead, "sum": {"zero_fraction": [0.0] * 40}, "act2": dead}
    history = run(flat(), outputs=outputs, parameters=weights(norm=0.0))
    assert only(history).layer == "act2" and only(history).evidence.startswith("'act2': nothing but 0")


@pytest.mark.parametrize(("share", "found"), [(0.49, False), (0.51, True)])
def test_half_of_a_hidden_layers_units_saturated_counts_while_nothing_is_learnt(share: float, found: bool) -> None:
    outputs = layer(saturated_units=share)
    assert kinds(run(flat(), outputs=outputs)) == ["saturated units"] * found
    assert kinds(run(falling(), outputs=outputs)) == []


def test_an_answer_may_saturate_if_it_is_right() -> None:
    outputs = {"fc": {"std": [1.0] * 40}, "out": {"saturated_units": [1.0] * 40}}
    assert kinds(run(falling(), outputs=outputs)) == [] == kinds(run([1.0] * 30 + [0.9] * 10, outputs=outputs))
    assert kinds(run(flat(), outputs=outputs)) == ["saturated units"]


def test_saturation_tells_whether_it_was_there_at_first() -> None:
    assert "Xavier" in only(run(flat(), outputs=layer(saturated_units=0.9))).advice
    wide = run(flat(), outputs=layer(saturated_units=0.9), given={"std": [99.0] * 40}, kinds={"fc": "LayerNorm"})
    assert "Scale the input" in only(wide).advice
    later = layer(saturated_units=[0.0] * 20 + [0.9] * 20)
    assert "Lower the learning rate" in only(run(flat(), outputs=later)).advice


def test_units_that_stay_alike_are_copies_of_one() -> None:
    found = kinds(run(flat(), outputs=layer(equal_units=1.0), parameters=weights(norm=1.0)))
    assert found == ["equal units"]


def test_rounding_that_parts_them_in_the_end_is_no_cure() -> None:
    outputs = layer(equal_units=[1.0] * 20 + [0.0] * 20)
    assert kinds(run(flat(), outputs=outputs, parameters=weights(norm=1.0))) == ["equal units"]
    assert kinds(run(falling(), outputs=outputs, parameters=weights(norm=1.0))) == []


@pytest.mark.parametrize(("left", "level"), [(0.52, "error"), (0.48, "warning"), (0.26, "warning"), (0.24, None)])
def test_copies_that_rounding_parted_are_told_until_much_is_learnt(left: float, level: str | None) -> None:
    losses = [2.3] * 20 + [2.3026 * left] * 20
    outputs = layer(equal_units=[1.0] * 20 + [0.0] * 20)
    history = run(losses, outputs=outputs, parameters=weights(norm=1.0), answer=classifier())
    assert [finding.level for finding in diagnose(history)] == ([level] if level else [])
    assert not level or "gave the same at first" in only(history).evidence


def test_units_that_begin_alike_and_part_are_no_illness() -> None:
    """As those of a zero-initialized branch or an adapter do."""
    outputs = layer(equal_units=[1.0] + [0.0] * 39)
    assert kinds(run(flat(), outputs=outputs, parameters=weights(norm=1.0))) == []


def test_what_is_given_nothing_by_a_silent_layer_is_no_copy() -> None:
    outputs = {"act": {"zero_fraction": [1.0] * 40}, **layer(equal_units=1.0)}
    assert kinds(run(flat(), outputs=outputs, parameters=weights(norm=1.0)))[0] == "dead units"


@pytest.mark.parametrize("start", [0.0, 0.01])
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh])
def test_a_network_that_starts_with_equal_weights_is_told_so(activation: type[nn.Module], start: float) -> None:
    """Rounding parts its units from the first step on, too little to tell."""
    model = nn.Sequential(nn.Linear(50, 5), activation(), nn.Linear(5, 10))
    for parameter in model.parameters():
        nn.init.constant_(parameter, start)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    around, generator = watch(model, when=every(1), alert=None), torch.Generator().manual_seed(0)
    for step in range(4):
        with around(step):
            optimizer.zero_grad()
            labels = torch.randint(10, (16,), generator=generator)
            loss = nn.functional.cross_entropy(model(torch.randn(16, 50, generator=generator)), labels)
            loss.backward()
            optimizer.step()
            around.loss(loss)
    assert [(finding.kind, finding.layer) for finding in around.findings()] == [("equal units", "0")]
