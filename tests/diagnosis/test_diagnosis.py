"""Each rule on literal numbers: what it says, and when it is silent."""

import math

import numpy as np
import pytest

from torchdemos import diagnosis
from torchdemos.diagnosis import diagnose
from torchdemos.lab.theory import loss

NAN, INF = math.nan, math.inf


def layers(*numbers: float) -> dict[str, float]:
    return {f"fc{i}": number for i, number in enumerate(numbers)}


def geometric(factor: float, depth: int) -> dict[str, float]:
    """Gradient norms in call order; each layer multiplies the norm by `factor` on the way back."""
    return layers(*(factor ** (depth - 1 - i) for i in range(depth)))


def test_nothing_measured_is_nothing_found() -> None:
    assert diagnose() == []
    assert diagnose(losses=[], finite={}, gradient_norms={}, dead={}, saturated={}) == []


def test_a_healthy_run_has_no_findings() -> None:
    found = diagnose(
        losses=[2.3, 2.1, 1.9],
        finite=layers(1, 1, 1),
        weights_finite=dict.fromkeys(layers(0, 0, 0), True),
        gradient_norms=geometric(0.5, 6),
        dead=layers(0.09, 0),
        samples=1000,
        saturated=layers(0.5, 0.1),
    )
    assert found == []


def test_the_first_layer_in_call_order_that_is_not_finite_is_named() -> None:
    found = diagnose(finite=layers(1, 0.75, 0, 0))
    assert [(f.kind, f.level, f.layer) for f in found] == [("not finite", "error", "fc1")]
    assert "25 % of the output of 'fc1'" in found[0].message
    assert "2 more layers" in found[0].message
    assert "weights" not in found[0].message


def test_a_layer_without_output_values_is_not_accused() -> None:
    assert diagnosis.not_finite(layers(NAN, 1)) is None


@pytest.mark.parametrize(("fine", "words"), [(False, "already non-finite"), (True, "weights are finite")])
def test_the_layers_own_weights_are_accused_or_cleared(fine: bool, words: str) -> None:
    found = diagnosis.not_finite(layers(1, 0), {"fc0": not fine, "fc1": fine})
    assert found is not None and words in found.message


def test_the_backward_pass_is_traced_from_the_loss() -> None:
    found = diagnosis.gradient_not_finite(layers(NAN, INF, 1.0))
    assert found is not None
    assert (found.kind, found.layer) == ("not finite", "fc1")
    assert diagnosis.gradient_not_finite(layers(1e300, 0.0)) is None


@pytest.mark.parametrize(
    "losses",
    [
        [2.3, 1e4],
        [2.3, 23.1],
        [2.3, 2.1, NAN],
        [2.3, INF],
        [NAN],
        [1.0, -INF],
        [0.0, 11.0],
        [-0.5, 11.0],
        [NAN, 1.0, 10.1],
    ],
)
def test_divergence_is_found(losses: list[float]) -> None:
    assert diagnose(losses=losses, loss_minimum=-INF)[0].kind == "diverged"


@pytest.mark.parametrize(
    "losses",
    [[2.3, 2.1, 1.9], [2.3, 22.9], [2.3, 1e4, 2.0], [NAN, 2.3, 2.0], [0.0, 9.0], [-0.5, 9.0], [-20.0, 150.0], [0.0]],
)
def test_a_loss_within_ten_times_its_start_has_not_diverged(losses: list[float]) -> None:
    assert diagnose(losses=losses, loss_minimum=-INF) == []


def test_divergence_says_when_it_began() -> None:
    found = diagnosis.diverged([2.3, 2.1, 99.0, NAN])
    assert found is not None and "first left this range at entry 2 of 4" in found.message


def test_a_cross_entropy_below_zero_names_the_missing_log() -> None:
    found = diagnose(losses=[0.005, -1.2, -40.0])
    assert [(f.kind, f.level) for f in found] == [("loss below its minimum", "warning")]
    assert "nll_loss" in found[0].message and "-40" in found[0].message
    assert diagnose(losses=[0.005, -1e-7]) == []
    assert diagnose(losses=[0.005, -1.2, -40.0], loss_minimum=-INF) == []
    assert diagnose(losses=[1.6, 1.4], loss_minimum=1.46115)[0].kind == "loss below its minimum"


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (0.316, "warning"),  # 0.316^-4 = 100.3
        (0.32, None),
        (0.2, "warning"),
        (0.178, "warning"),
        (0.177, "error"),
        (3.1, None),
        (5.0, "warning"),
        (5.7, "error"),
    ],
)
def test_the_gradients_slope_is_held_against_100_and_1000(factor: float, expected: str | None) -> None:
    found = diagnosis.gradient_slope(geometric(factor, 5))
    assert (found.level if found else None) == expected


def test_vanishing_and_exploding_are_named_by_direction() -> None:
    vanishing, exploding = diagnose(gradient_norms=geometric(1 / 4.882, 7)), diagnose(gradient_norms=geometric(4.0, 7))
    assert [(f.kind, f.level, f.layer) for f in vanishing] == [("vanishing gradient", "error", "fc0")]
    assert [(f.kind, f.level, f.layer) for f in exploding] == [("exploding gradient", "error", "fc0")]
    assert "shrinks by a factor of 4.88 per layer" in vanishing[0].message
    assert "grows by a factor of 4 per layer, 4.1e+03 over 7 layers" in exploding[0].message


def test_the_slope_is_least_squares() -> None:
    logs = np.random.default_rng(0).normal(np.arange(20.0), 2.0)
    found = diagnosis.gradient_slope(layers(*np.exp(logs)))
    assert found is not None
    assert f"a factor of {math.exp(np.polyfit(range(20), logs, 1)[0]):.3g} per layer" in found.message


def test_one_odd_layer_is_no_slope() -> None:
    assert diagnosis.gradient_slope(layers(1, 1, 1, 1e-3, 1, 1, 1)) is None


def test_norms_that_are_missing_leave_the_line_as_it_is() -> None:
    norms = geometric(0.1, 7) | {"fc2": NAN, "fc3": INF, "fc4": 0.0}
    found = diagnosis.gradient_slope(norms)
    assert found is not None and "a factor of 10 per layer, 1e+06 over 7 layers" in found.message


def test_two_layers_are_no_slope() -> None:
    assert diagnosis.gradient_slope(layers(1e-9, 1.0)) is None
    assert diagnosis.gradient_slope(layers(1e-9, NAN, 1.0)) is None


def test_the_widest_range_of_float64_does_not_overflow() -> None:
    found = diagnosis.gradient_slope(layers(5e-324, 1e-8, 1.7e308))
    assert found is not None and found.level == "error" and "1e632 over 3 layers" in found.message


def test_a_steep_gradient_is_forgiven_while_the_loss_falls() -> None:
    norms = geometric(0.1, 6)
    assert diagnose(losses=[2.3, 2.0, 1.7], gradient_norms=norms) == []
    assert diagnose(losses=[2.6, 2.4, 2.31, 2.3], gradient_norms=norms)[0].kind == "vanishing gradient"
    assert diagnose(losses=[2.3], gradient_norms=norms)[0].kind == "vanishing gradient"
    assert "vanishing gradient" in [f.kind for f in diagnose(losses=[2.3, 1.0, NAN], gradient_norms=norms)]


def test_a_net_that_learned_long_ago_is_still_forgiven() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [2.3] * 5 + [0.01] * 95) is None


def test_a_loss_that_was_nan_on_the_way_is_not_falling() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [2.3, NAN, 1.0]) is not None


def test_one_lucky_batch_is_no_falling_loss() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [2.3] * 39 + [1.0]) is not None


def test_a_loss_of_zero_is_not_falling() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [0.0, 0.0, 0.0]) is not None


def test_a_gradient_of_exactly_zero_has_vanished_even_while_the_loss_falls() -> None:
    found = diagnose(losses=[2.3, 1.0], gradient_norms=layers(0.0, 0.0, 0.3))
    assert [(f.kind, f.level, f.layer) for f in found] == [("vanishing gradient", "error", "fc1")]
    assert "exactly 0" in found[0].message and "1 more layer like it" in found[0].message


@pytest.mark.parametrize(
    ("share", "level"), [(0.1, None), (0.11, "warning"), (0.5, "warning"), (0.51, "error"), (1.0, "error"), (NAN, None)]
)
def test_dead_units_warn_above_a_tenth_and_fail_above_half(share: float, level: str | None) -> None:
    found = diagnosis.dead_units({"fc": share}, samples=1000)
    assert (found.level if found else None) == level


def test_dead_units_need_a_thousand_samples() -> None:
    assert diagnosis.dead_units({"fc": 1.0}, samples=999) is None


@pytest.mark.parametrize(("share", "found"), [(0.5, False), (0.51, True), (NAN, False)])
def test_saturated_units_warn_above_half(share: float, found: bool) -> None:
    assert (diagnosis.saturated_units({"fc": share}) is not None) == found


def test_many_sick_layers_are_one_finding_that_names_the_worst() -> None:
    dead, saturated = diagnose(dead=layers(0.2, 0.9, NAN, 0.3, 0.05), samples=5000, saturated=layers(0.6, 0.7))
    assert (dead.kind, dead.layer, saturated.kind, saturated.layer) == ("dead units", "fc1", "saturated units", "fc1")
    assert "90.0% of the units of 'fc1'" in dead.message and "2 more layers" in dead.message
    assert "none of 5000 samples (error above 50%)" in dead.message
    assert "70.0%" in saturated.message and "1 more layer like it" in saturated.message


def test_errors_come_first_and_each_kind_once() -> None:
    found = diagnose(
        losses=[2.3, -1.0, NAN],
        finite=layers(1, 0.5, 0.5),
        gradient_norms=layers(NAN, NAN, 0.0),
        dead=layers(0.2, 0.2),
        samples=2000,
        saturated=layers(0.9),
    )
    assert [f.kind for f in found] == [
        "not finite",
        "diverged",
        "vanishing gradient",
        "loss below its minimum",
        "dead units",
        "saturated units",
    ]
    assert [f.level for f in found] == ["error"] * 3 + ["warning"] * 3
    assert all(f.source and f.message.endswith(".") for f in found)


def test_an_error_overtakes_an_earlier_rules_warning() -> None:
    found = diagnose(gradient_norms=geometric(0.2, 5), dead={"fc": 0.9}, samples=1000)
    assert [f.kind for f in found] == ["dead units", "vanishing gradient"]


def test_numbers_may_be_anything_that_float_accepts() -> None:
    found = diagnose(
        losses=np.float32([2.3, 1e4]),
        finite={"fc": np.array(0.5)},
        weights_finite={"fc": np.array(False)},
        gradient_norms={f"fc{i}": np.array(10.0**i) for i in range(6)},
        dead={"fc": np.array(0.6)},
        samples=np.int64(1000),
        saturated={"fc": np.array(0.6)},
    )
    assert [f.kind for f in found] == ["not finite", "diverged", "vanishing gradient", "dead units", "saturated units"]
    assert "already non-finite" in found[0].message


def flat(value: float, noise: float = 0.0, length: int = 200) -> list[float]:
    """A loss that came down to a value and stays there, up to the noise of its batches."""
    start = [value + 1.0 - i / 20 for i in range(20)]
    return start + [value + noise * (1 - 2 * (i % 2)) for i in range(length - 20)]


BALANCED = [400] * 10
TWICE, EVEN = math.log(math.e + 9) - 1, math.log(10)


@pytest.mark.parametrize(
    ("losses", "accuracy", "kind"),
    [
        (flat(TWICE + 0.01), NAN, "softmax applied twice"),
        (flat(TWICE + 0.01, 0.009), 1.0, "softmax applied twice"),
        (flat(TWICE + 0.06), 0.95, "softmax applied twice"),
        (flat(-0.99), NAN, "forgotten log"),
        (flat(-0.87, 0.02), 0.88, "forgotten log"),
        ([-float(i) for i in range(200)], 0.1, "forgotten log-softmax"),
        (flat(EVEN, 0.01), NAN, "constant answer"),
        (flat(EVEN, 0.01), 0.1, "constant answer"),
    ],
)
def test_a_floor_names_its_bug(losses: list[float], accuracy: float, kind: str) -> None:
    found = diagnose(losses=losses, label_counts=BALANCED, accuracy=accuracy)
    assert [finding.kind for finding in found] == [kind]
    assert found[0].level == ("warning" if kind == "constant answer" else "error")
    assert found[0].message.endswith(".") and found[0].source


@pytest.mark.parametrize(
    ("losses", "accuracy"),
    [
        ([2.3 * 0.995**i for i in range(90)], NAN),  # at 1.47, and too short to say
        ([2.3 * 0.998**i for i in range(227)], NAN),  # passing by 1.46
        (flat(TWICE + 0.005, 0.1), NAN),  # level at 1.466, but its batches cross the floor
        (flat(TWICE + 0.005), 0.48),  # level there, and right too seldom for a sure network
        (flat(TWICE + 0.06), NAN),
        (flat(TWICE + 0.34), 0.66),
        (flat(EVEN, 0.01), 0.5),  # slow, but no constant answer
        (flat(EVEN * 1.02), NAN),
        (flat(0.02, 0.01), 1.0),
        (flat(0.0), 1.0),
        (flat(0.50029), 1.0),
        ([*flat(TWICE + 0.01), NAN], NAN),
    ],
)
def test_a_healthy_loss_is_at_no_floor(losses: list[float], accuracy: float) -> None:
    assert diagnosis.loss_floor(losses, BALANCED, accuracy) is None


def test_every_moment_of_a_loss_that_falls_past_the_floors_is_silent() -> None:
    history = [0.1 + 2.2 * math.exp(-i / 150) for i in range(600)]
    assert not any(diagnosis.loss_floor(history[:i], BALANCED) for i in range(600))


def test_a_floor_needs_the_label_counts() -> None:
    assert diagnose(losses=flat(TWICE + 0.01)) == []
    assert diagnosis.loss_floor(flat(TWICE + 0.01), [400]) is None


def test_the_floors_are_those_of_the_theory() -> None:
    counts = [900, 50, 50, 0]
    entropy = loss.label_entropy(counts)
    assert diagnose(losses=flat(entropy), label_counts=np.array(counts), accuracy=0.9)[0].kind == "constant answer"
    floor = loss.softmax_twice_floor(4, accuracy=0.97)
    assert diagnose(losses=flat(floor), label_counts=counts, accuracy=0.97)[0].kind == "softmax applied twice"


def test_a_negative_loss_that_has_not_levelled_off_is_below_its_minimum() -> None:
    falling = [2.0 - i / 100 for i in range(250)]
    assert diagnose(losses=falling, label_counts=BALANCED)[0].kind == "loss below its minimum"
