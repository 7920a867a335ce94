"""Floors, starting points and speeds of the loss, against closed forms and independent computations."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from torchdemos.lab.theory import loss

TIMES = {"squared": loss.squared_error_time, "cross": loss.cross_entropy_time}
SPEEDS = {"squared": lambda a: 2 * a**3 * (1 - a) ** 2, "cross": lambda a: 2 * a**2 * (1 - a)}  # -da/dt


def test_label_entropy_of_mnist() -> None:
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert loss.label_entropy(counts) == pytest.approx(2.301159, abs=5e-7)


def test_label_entropy_of_balanced_classes_is_the_chance_loss() -> None:
    assert loss.label_entropy([7] * 10 + [0]) == pytest.approx(loss.chance_loss(10)) == pytest.approx(2.302585)
    assert loss.label_entropy(np.array([0, 5])) == 0.0


@pytest.mark.parametrize("counts", [[], [0, 0], [3, -1], [1, math.nan], [1, math.inf]])
def test_counts_that_count_nothing_are_refused(counts: list[float]) -> None:
    with pytest.raises(ValueError, match="counts must be"):
        loss.label_entropy(counts)


def test_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        loss.chance_loss(0)
    with pytest.raises(ValueError, match="at least 1"):
        loss.softmax_twice_floor(0)


def test_the_floor_of_label_smoothing() -> None:
    assert loss.smoothing_floor(10, 0.1) == pytest.approx(0.50029, abs=5e-6)
    assert loss.smoothing_floor(10, 0.0) == 0.0
    assert loss.smoothing_floor(10, 1.0) == pytest.approx(loss.chance_loss(10))


def test_the_floor_of_label_smoothing_is_reached_where_the_label_leads_by_ln_91() -> None:
    def smoothed(gap: float) -> float:
        return math.log(math.exp(gap) + 9) - 0.91 * gap

    assert smoothed(math.log(91)) == pytest.approx(loss.smoothing_floor(10, 0.1))
    assert min(smoothed(gap / 100) for gap in range(1000)) >= loss.smoothing_floor(10, 0.1)


@pytest.mark.parametrize(("classes", "smoothing"), [(0, 0.1), (10, -0.1), (10, 1.1), (10, math.nan)])
def test_no_smoothing_like_that(classes: int, smoothing: float) -> None:
    with pytest.raises(ValueError, match="smoothing must be"):
        loss.smoothing_floor(classes, smoothing)


def test_softmax_twice_and_a_forgotten_log_end_at_the_accuracy() -> None:
    assert loss.softmax_twice_floor(10) == pytest.approx(1.46115, abs=5e-6)
    assert loss.softmax_twice_floor(10, 0.9) == pytest.approx(loss.softmax_twice_floor(10) + 0.1)
    assert (loss.forgotten_log_floor(), loss.forgotten_log_floor(0.9)) == (-1.0, -0.9)


def test_no_probabilities_cost_less_than_the_floor_of_softmax_twice() -> None:
    p = np.random.default_rng(0).dirichlet([0.2] * 10, 1000)
    costs = np.log(np.exp(p).sum(1)) - p.max(1)
    assert loss.softmax_twice_floor(10) <= costs.min() < loss.softmax_twice_floor(10) + 0.05


@pytest.mark.parametrize("z", [-40.0, -3.0, 0.0, 0.7, 40.0])
@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
def test_a_slope_is_the_derivative_of_its_loss(z: float, target: float) -> None:
    for value, slope in (
        (loss.squared_error, loss.squared_error_slope),
        (loss.cross_entropy, loss.cross_entropy_slope),
    ):
        difference = (value(z + 1e-5, target) - value(z - 1e-5, target)) / 2e-5
        assert slope(z, target) == pytest.approx(difference, abs=1e-8)


def test_sigmoid_and_logit_undo_each_other_and_do_not_overflow() -> None:
    assert loss.logit(loss.sigmoid(-30.0)) == pytest.approx(-30.0)
    assert loss.logit(loss.sigmoid(5.0)) == pytest.approx(5.0)
    assert (loss.sigmoid(-800.0), loss.sigmoid(800.0)) == (0.0, 1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        loss.logit(1.0)


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize(("start", "end"), [(0.982, 0.5), (0.8, 0.01), (0.3, 0.2), (0.2, 0.6)])
def test_a_time_is_the_integral_over_the_speed(name: str, start: float, end: float) -> None:
    integral, _ = quad(lambda a: 1 / SPEEDS[name](a), end, start)
    assert TIMES[name](start, end) == pytest.approx(integral, rel=1e-9)


@pytest.mark.parametrize("name", TIMES)
def test_the_output_after_a_time_takes_that_time(name: str) -> None:
    for time in (0.0, 0.3, 20.0, 1000.0):
        output = loss.output_after(time, 0.98, TIMES[name])
        assert TIMES[name](0.98, output) == pytest.approx(time, abs=1e-9)
    with pytest.raises(ValueError, match="time must be"):
        loss.output_after(-1.0, 0.98, TIMES[name])


def test_squared_error_takes_ever_longer_the_more_wrong_the_neuron_is() -> None:
    squared, cross = (TIMES[name](1 - 1e-6, 0.5) / TIMES[name](1 - 1e-3, 0.5) for name in ("squared", "cross"))
    assert squared > 900 and cross < 3


@pytest.mark.parametrize(("start", "end"), [(0.98, 0.5), (0.9, 0.1)])
def test_descent_leads_flow_by_the_same_number_of_steps_at_any_learning_rate(start: float, end: float) -> None:
    lead = loss.descent_lead(
        loss.squared_error_slope(loss.logit(start), 0), loss.squared_error_slope(loss.logit(end), 0)
    )
    for lr in (0.02, 0.005):
        z, steps = loss.logit(start), 0.0
        while (drop := 2 * lr * loss.squared_error_slope(z, 0.0)) < z - loss.logit(end):
            z, steps = z - drop, steps + 1
        steps += (z - loss.logit(end)) / drop  # the part of the last step that is needed
        assert loss.squared_error_time(start, end) / lr - steps == pytest.approx(lead, abs=0.02)


def test_a_speed_of_nothing_has_no_lead() -> None:
    with pytest.raises(ValueError, match="positive"):
        loss.descent_lead(0.0, 1.0)
