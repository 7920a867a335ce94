"""Laws of depth against published values, closed forms and independent computations."""

import math

import numpy as np
import pytest
import torch

from torchdemos.lab.theory import activations, depth

Z = np.linspace(-12, 12, 400_001)
BELL = np.exp(-(Z**2) / 2) / np.exp(-(Z**2) / 2).sum()


def test_the_log_of_a_gradient_has_the_moments_of_chi_squares_over_active_units() -> None:
    units = torch.arange(1, 31, dtype=torch.float64)
    share = torch.distributions.Binomial(30, torch.tensor(0.5, dtype=torch.float64)).log_prob(units).exp()
    share /= share.sum()
    log = torch.digamma(units / 2) + math.log(2 * 2 / 30)
    mean = share @ log
    variance = share @ (log**2 + torch.polygamma(1, units / 2)) - mean**2
    assert depth.log_gradient(30, 7) == pytest.approx((7 * float(mean), 7 * float(variance)), rel=1e-9)


@pytest.mark.parametrize(("width", "rel"), [(50, 0.09), (2000, 2.5e-3)])
def test_wide_layers_have_the_published_log_normal_law(width: int, rel: float) -> None:
    assert depth.log_gradient(width, 4) == pytest.approx(depth.log_normal(width, 4), rel=rel)
    assert depth.log_normal(width, 4) == (-10 / width, 20 / width)


@pytest.mark.parametrize(
    ("width", "layers", "share"),
    [(2, 5, 0.684), (2, 10, 0.925), (2, 20, 0.996), (3, 10, 0.699), (4, 20, 0.707), (8, 50, 0.175), (2, 1, 0.0)],
)
def test_networks_are_born_dead_as_often_as_published(width: int, layers: int, share: float) -> None:
    assert depth.born_dead(width, layers) == pytest.approx(share, abs=6e-4)


def test_batch_norm_multiplies_as_published_under_relu_and_not_at_all_without_activation() -> None:
    assert depth.batch_norm_chi("relu") == pytest.approx(math.pi / (math.pi - 1), rel=1e-12)
    assert depth.batch_norm_chi("linear") == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
def test_batch_norm_divides_the_mean_squared_slope_by_the_variance(activation: str) -> None:
    phi = activations.ACTIVATIONS[activation]
    value, slope = phi.value(Z), phi.slope(Z)
    variance = BELL @ value**2 - (BELL @ value) ** 2
    assert depth.batch_norm_chi(activation) == pytest.approx(BELL @ slope**2 / variance, rel=1e-4)


def test_residual_blocks_double_and_scaled_ones_stay_below_e() -> None:
    assert depth.residual_growth(20) == 2**20
    assert depth.residual_growth(10**6, 1e-6) == pytest.approx(math.e, rel=1e-6)


@pytest.mark.parametrize("branch", [0.05, 1.0, 1e9])
def test_the_scatter_of_a_block_is_that_of_random_blocks(branch: float) -> None:
    width, random = 200, np.random.default_rng(0)
    gradient = np.full(width, width**-0.5)
    back = random.normal(size=(20_000, width)) * math.sqrt(2 / width) * (random.random((20_000, width)) < 0.5)
    squares = ((gradient + math.sqrt(branch) * back) ** 2).sum(1)
    assert squares.mean() == pytest.approx(1 + branch, rel=0.01)
    assert np.log(squares).var() == pytest.approx(depth.residual_scatter(width, branch), rel=0.06)


def test_clipping_caps_a_norm_and_leaves_smaller_ones() -> None:
    assert [depth.clipped(norm, 10.0) for norm in (0.0, 3.0, 1e9, math.inf)] == [0.0, 3.0, 10.0, 10.0]


def test_selu_keeps_mean_0_and_variance_1_and_draws_others_there() -> None:
    assert depth.selu(1.0) == pytest.approx((0.0, 1.0), abs=1e-12)
    lengths = [2.0, 0.3]
    for _ in range(60):
        lengths = [depth.selu(q)[1] for q in lengths]
    assert lengths == pytest.approx([1.0, 1.0], abs=1e-4)


@pytest.mark.parametrize("q", [0.3, 1.0, 4.0])
def test_selu_has_the_moments_of_torchs(q: float) -> None:
    z = torch.tensor(math.sqrt(q) * Z, requires_grad=True)
    value = torch.selu(z)
    (slope,) = torch.autograd.grad(value.sum(), z)
    out = value.detach().numpy()
    assert depth.selu(q) == pytest.approx((BELL @ out, BELL @ out**2), abs=1e-4)
    assert depth.selu_chi(q) == pytest.approx(BELL @ slope.numpy() ** 2, rel=1e-4)


def test_what_cannot_be_is_refused() -> None:
    for call in (
        lambda: depth.log_normal(0, 1),
        lambda: depth.log_gradient(1, 0),
        lambda: depth.born_dead(0, 3),
        lambda: depth.batch_norm_chi("softsign"),
        lambda: depth.residual_growth(3, -1.0),
        lambda: depth.residual_scatter(0, 1.0),
        lambda: depth.clipped(math.nan, 1.0),
        lambda: depth.selu(101.0),
        lambda: depth.selu_chi(-1.0),
    ):
        with pytest.raises(ValueError):
            call()
