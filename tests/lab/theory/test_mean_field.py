"""Mean-field predictions against published tables, closed forms and random networks in float64."""

import math

import numpy as np
import pytest

from torchdemos.lab.theory import activations, mean_field

# weight_variance: q*, chi at bias_variance 0.05, tanh. Computed apart from this code, with 101 Gauss-Hermite nodes.
TANH = {
    1.0: (0.1936, 0.7590),
    1.3: (0.3153, 0.8802),
    1.5: (0.4180, 0.9386),
    1.7: (0.5331, 0.9867),
    1.76: (0.5695, 0.9998),
    2.0: (0.7218, 1.0477),
    2.5: (1.0640, 1.1335),
    3.0: (1.4280, 1.2089),
    4.0: (2.1955, 1.3424),
}
GRADIENT_DEPTHS = {1.0: 3.63, 1.3: 7.83, 1.5: 15.79, 1.7: 74.9, 1.76: 4912, 2.0: 21.48, 2.5: 7.98, 3.0: 5.27, 4.0: 3.40}
# bias_variance: weight_variance, q* where chi = 1, tanh
CRITICAL = {
    0.0: (1.0, 0.0),
    0.001: (1.18919, 0.107),
    0.01: (1.42421, 0.273),
    0.05: (1.76095, 0.570),
    0.1: (1.98607, 0.806),
    0.2: (2.28515, 1.165),
}


@pytest.mark.parametrize("weight_variance", TANH)
def test_tanh_length_and_chi_are_those_of_the_table(weight_variance: float) -> None:
    q = mean_field.fixed_point("tanh", weight_variance, 0.05)
    assert (q, mean_field.chi(q, "tanh", weight_variance)) == pytest.approx(TANH[weight_variance], abs=5.1e-5)


@pytest.mark.parametrize("weight_variance", GRADIENT_DEPTHS)
def test_tanh_depth_scale_is_that_of_the_table(weight_variance: float) -> None:
    q = mean_field.fixed_point("tanh", weight_variance, 0.05)
    scale = mean_field.depth_scale(mean_field.chi(q, "tanh", weight_variance))
    assert scale == pytest.approx(GRADIENT_DEPTHS[weight_variance], rel=1.5e-3)


@pytest.mark.parametrize("bias_variance", CRITICAL)
def test_chi_is_1_on_the_critical_line_of_tanh(bias_variance: float) -> None:
    weight_variance, length = CRITICAL[bias_variance]
    q = mean_field.fixed_point("tanh", weight_variance, bias_variance)
    assert q == pytest.approx(length, abs=5.1e-4)
    assert mean_field.chi(q, "tanh", weight_variance) == pytest.approx(1, abs=2e-6)


def test_a_sigmoid_layer_of_nielsens_chapter_5_divides_the_gradient_by_4_88() -> None:
    q = mean_field.fixed_point("sigmoid", 1.0, 1.0)
    assert q == pytest.approx(1.3021, abs=5e-5)
    assert mean_field.chi(q, "sigmoid", 1.0) == pytest.approx(0.04196, abs=5e-6)
    assert 1 / mean_field.gradient_factor(q, "sigmoid", 1.0) == pytest.approx(4.882, abs=5e-4)


@pytest.mark.parametrize("q", [1e-300, 0.112, 1.0, 30.0, 1e300])
def test_relu_and_linear_have_their_closed_forms_at_any_length(q: float) -> None:
    assert mean_field.chi(q, "relu", 1.7) == pytest.approx(1.7 / 2, rel=1e-14)
    assert mean_field.chi(q, "linear", 1.7) == pytest.approx(1.7, rel=1e-14)
    assert mean_field.length_map(q, "relu", 1.7, 0.3) == pytest.approx(1.7 * q / 2 + 0.3, rel=1e-14)
    assert mean_field.length_map(q, "linear", 1.7, 0.3) == pytest.approx(1.7 * q + 0.3, rel=1e-14)


@pytest.mark.parametrize("q", [0.01, 1.0, 30.0, 1000.0])
def test_expectations_of_tanh_obey_steins_lemma(q: float) -> None:
    """E[z phi(s z)] = s E[phi'(s z)]; with phi = tanh, phi' = 1 - phi^2, so E[phi'] = 1 - length_map."""
    z = np.linspace(-12, 12, 2_000_001)
    bell = np.exp(-(z**2) / 2)
    left = np.sum(z * np.tanh(math.sqrt(q) * z) * bell) / np.sum(bell)
    assert math.sqrt(q) * (1 - mean_field.length_map(q, "tanh", 1.0)) == pytest.approx(left, rel=1e-9)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_small_lengths_agree_with_gauss_hermite(activation: str) -> None:
    z, weights = np.polynomial.hermite_e.hermegauss(100)
    u = 0.5 * z
    slope = 1 / np.cosh(u) ** 2 if activation == "tanh" else np.exp(-u) / (1 + np.exp(-u)) ** 2
    assert mean_field.chi(0.25, activation, 1.0) == pytest.approx(weights @ slope**2 / weights.sum(), rel=1e-12)


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
def test_slope_is_the_derivative_of_value(activation: str) -> None:
    z, h = np.array([-30.0, -2.0, -0.3, 0.4, 1.7, 800.0]), 1e-6
    value, slope = activations.ACTIVATIONS[activation]
    assert slope(z) == pytest.approx((value(z + h) - value(z - h)) / (2 * h), abs=1e-8)


def test_the_first_layer_sees_the_inputs_without_an_activation() -> None:
    assert mean_field.lengths(0.112, 1, "sigmoid", 1.0, 1.0) == [1.112]
    first, second = mean_field.lengths(0.112, 2, "sigmoid", 1.0, 1.0)
    assert second == mean_field.length_map(first, "sigmoid", 1.0, 1.0)


def test_lengths_settle_at_the_fixed_point() -> None:
    assert mean_field.lengths(9.0, 60, "tanh", 2.5, 0.05)[-1] == pytest.approx(
        mean_field.fixed_point("tanh", 2.5, 0.05), rel=1e-12
    )


@pytest.mark.parametrize(
    ("activation", "weight_variance", "bias_variance", "expected"),
    [
        ("relu", 1.0, 1.0, 2.0),  # b / (1 - w/2)
        ("relu", 1.999, 0.1, 200.0),
        ("relu", 2.0, 0.0, 1.0),
        ("relu", 2.0, 0.1, math.inf),
        ("relu", 2.1, 0.0, math.inf),
        ("relu", 1.9, 0.0, 0.0),
        ("linear", 0.5, 1.0, 2.0),
        ("linear", 1.0, 0.0, 1.0),
        ("linear", 1.0, 1e-3, math.inf),
        ("tanh", 0.9, 0.0, 0.0),
        ("tanh", 0.0, 0.7, 0.7),
        ("sigmoid", 0.0, 0.0, 0.0),
    ],
)
def test_fixed_point_has_its_closed_form(
    activation: str, weight_variance: float, bias_variance: float, expected: float
) -> None:
    assert mean_field.fixed_point(activation, weight_variance, bias_variance) == pytest.approx(
        expected, rel=1e-9, abs=1e-12
    )


def test_a_length_that_outgrows_float64_is_inf() -> None:
    assert mean_field.lengths(1.0, 2000, "relu", 4.0)[-1] == math.inf


def test_relu_gradient_profile_is_a_straight_line() -> None:
    expected = [(5 - layer) * math.log(1.5 / 2) / 2 for layer in range(1, 6)]
    assert mean_field.gradient_profile(0.112, 5, "relu", 1.5) == pytest.approx(expected, rel=1e-12)


def test_gradient_profile_takes_the_slope_at_the_layers_own_length() -> None:
    q1, q2, _ = mean_field.lengths(9.0, 3, "tanh", 2.0, 0.05)
    second = math.log(mean_field.chi(q2, "tanh", 2.0)) / 2
    expected = [second + math.log(mean_field.chi(q1, "tanh", 2.0)) / 2, second, 0.0]
    assert mean_field.gradient_profile(9.0, 3, "tanh", 2.0, 0.05) == pytest.approx(expected, rel=1e-12)


def test_each_layer_may_have_variances_of_its_own() -> None:
    q1 = 2.0 * 9.0 + 0.1
    q2 = mean_field.length_map(q1, "tanh", 3.0, 0.2)
    second = math.log(mean_field.chi(q2, "tanh", 0.5)) / 2
    expected = [second + math.log(mean_field.chi(q1, "tanh", 3.0)) / 2, second, 0.0]
    found = mean_field.layered_gradient_profile(9.0, "tanh", [2.0, 3.0, 0.5], [0.1, 0.2, 0.3])
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("weights", "biases"), [([], []), ([1.0, 1.0], [0.0]), ([1.0, math.nan], [0.0, 0.0])])
def test_layers_without_proper_variances_are_refused(weights: list[float], biases: list[float]) -> None:
    with pytest.raises(ValueError):
        mean_field.layered_gradient_profile(1.0, "tanh", weights, biases)


def test_a_gradient_through_zero_weights_is_lost() -> None:
    assert mean_field.gradient_profile(1.0, 3, "tanh", 0.0) == [-math.inf, -math.inf, 0.0]


@pytest.mark.parametrize(
    ("activation", "weight_variance", "bias_variance", "widths"),
    [
        ("sigmoid", 1.0, 1.0, [300] * 12),
        ("tanh", 4.0, 0.05, [300] * 12),
        ("relu", 1.2, 0.0, [300] * 12),
        ("tanh", 1.0, 0.05, [450, 200] * 6),  # the norm does not see the widths
    ],
)
def test_random_networks_follow_the_gradient_profile(
    activation: str, weight_variance: float, bias_variance: float, widths: list[int]
) -> None:
    seeds, q0 = 12, 4.0
    networks = [_log_gradient_norms(activation, weight_variance, bias_variance, widths, q0, s) for s in range(seeds)]
    predicted = np.array(mean_field.gradient_profile(q0, 12, activation, weight_variance, bias_variance))
    # Each layer adds a variance beta of about 5/N to ln ||.||^2, which shifts its mean by -beta/2 (Hanin & Nica 2020).
    beta = np.cumsum([0] + [5 / n for n in widths[-2::-1]])[::-1]
    allowed = beta / 4 + 4 * np.sqrt(beta / seeds) / 2
    assert np.all(np.abs(np.mean(networks, axis=0) - predicted) <= allowed)
    assert abs(predicted[0]) > 3 * allowed[0]  # predicting no change at all would fail


def _log_gradient_norms(
    activation: str, weight_variance: float, bias_variance: float, widths: list[int], q0: float, seed: int
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    value = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.where(z > 0, z, 0)}
    slope = {
        "tanh": lambda z: np.cosh(z) ** -2.0,
        "sigmoid": lambda z: 0.25 / np.cosh(z / 2) ** 2,
        "relu": lambda z: z > 0,
    }
    x, weights, outputs = rng.normal(0, math.sqrt(q0), 100), [], []
    for n in widths:
        weights.append(rng.normal(0, math.sqrt(weight_variance / len(x)), (n, len(x))))
        outputs.append(weights[-1] @ x + rng.normal(0, math.sqrt(bias_variance), n))
        x = value[activation](outputs[-1])
    gradient = rng.normal(size=widths[-1])
    norms = [np.linalg.norm(gradient)]
    for w, z in zip(weights[:0:-1], outputs[-2::-1], strict=True):
        gradient = slope[activation](z) * (w.T @ gradient)
        norms.append(np.linalg.norm(gradient))
    return np.log(norms[::-1] / norms[0])


@pytest.mark.parametrize(("chi", "layers"), [(math.e, 1), (math.exp(-0.1), 10), (1, math.inf), (0, 0), (math.inf, 0)])
def test_depth_scale_counts_layers_per_factor_e(chi: float, layers: float) -> None:
    assert mean_field.depth_scale(chi) == pytest.approx(layers)


def test_an_unknown_activation_lists_the_known() -> None:
    with pytest.raises(ValueError, match="'gelu'; known are tanh, sigmoid, relu, linear"):
        mean_field.chi(1.0, "gelu", 1.0)


@pytest.mark.parametrize("number", [-1.0, math.nan])
def test_negative_and_nan_numbers_are_refused_by_name(number: float) -> None:
    with pytest.raises(ValueError, match="weight_variance must be at least 0"):
        mean_field.fixed_point("tanh", number)
    with pytest.raises(ValueError, match="bias_variance must be at least 0"):
        mean_field.lengths(1.0, 1, "tanh", 1.0, number)
    with pytest.raises(ValueError, match="q must be at least 0"):
        mean_field.chi(number, "tanh", 1.0)
    with pytest.raises(ValueError, match="chi must be at least 0"):
        mean_field.depth_scale(number)


def test_no_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="depth must be at least 1"):
        mean_field.gradient_profile(1.0, 0, "tanh", 1.0)
