"""Eight ways to start: what theory says of them, and plain PyTorch."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos.configs import INITS
from torchdemos.lab.experiments import starts
from torchdemos.lab.result import Result
from torchdemos.pictures.charts import PALETTE

SEED = 5


@pytest.fixture(scope="module")
def batch(digits: Digits) -> tuple[Tensor, Tensor]:
    return standardize(digits.train_images)[: starts.PROBE_DIGITS], digits.train_labels[: starts.PROBE_DIGITS]


@pytest.fixture(scope="module")
def result(batch: tuple[Tensor, Tensor]) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starts, "NETWORKS", 8)
        return starts.run(INITS, 10, 128, *batch, SEED)


def test_the_variance_of_every_gaussian_start_follows_its_law_at_another_seed(result: Result) -> None:
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "small: log2 of variance over 10 layers",
        "large: log2 of variance over 10 layers",
        "xavier: log2 of variance over 10 layers",
        "he: log2 of variance over 10 layers",
        "lsuv: variance - 1 of the worst layer",
    ], result.claims


def test_the_prediction_is_he_s_factor_less_what_finite_width_costs() -> None:
    lost = 5 * 9 / 128 / 2 / math.log(2)
    assert starts.log2_variance(10, 128, 1.0) == pytest.approx(-9 - lost)
    assert starts.log2_variance(10, 128, 8.0) == pytest.approx(18 - lost)
    assert starts.log2_variance(1, 128, 8.0) == 0
    assert starts.log2_variance(1000, 10**9, 8.0) == pytest.approx(2 * 999)  # 4^999 is no float


@pytest.mark.parametrize("name", ["he", "large", "lsuv", "constant"])
def test_signal_and_gradient_are_those_of_plain_torch(name: str, batch: tuple[Tensor, Tensor]) -> None:
    model = starts.network(name, 4, 32, SEED, batch[0])
    scales = starts.measure(model, *batch)
    hidden, outputs = batch[0].flatten(1).double(), []
    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    for layer in layers:
        outputs.append(hidden @ layer.weight.detach().double().T + layer.bias.detach().double())
        outputs[-1].requires_grad_()
        hidden = outputs[-1].relu()
    gradients = torch.autograd.grad(cross_entropy(outputs[-1], batch[1]), outputs)
    assert scales.stds == pytest.approx([float(z.detach().std(correction=0)) for z in outputs], rel=1e-10)
    assert scales.gradient_norms == pytest.approx(
        [float(gradient.norm()) for gradient in gradients], rel=1e-10, abs=1e-15
    )


def test_zero_weights_have_no_signal_and_a_gradient_at_the_output_alone(batch: tuple[Tensor, Tensor]) -> None:
    scales = starts.measure(starts.network("zero", 4, 32, SEED, batch[0]), *batch)
    assert scales.stds == [0.0] * 5
    assert scales.gradient_norms[:4] == [0.0] * 4
    wrong = 0.1 - torch.nn.functional.one_hot(batch[1], 10).double()
    assert scales.gradient_norms[4] == pytest.approx(float(wrong.norm()) / len(wrong), rel=1e-12)


def test_measuring_leaves_the_network_as_it_was(batch: tuple[Tensor, Tensor]) -> None:
    model = starts.network("he", 2, 16, SEED, batch[0])
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    starts.measure(model, *batch)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def test_a_seed_is_one_network_and_another_seed_another(batch: tuple[Tensor, Tensor]) -> None:
    one, same, other = (starts.network("he", 2, 16, seed, batch[0]).get_parameter("fc1.weight") for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_the_pictures_are_there_and_fit_a_card(result: Result) -> None:
    assert set(result.figures) == {starts.SIGNAL_MAP_FIGURE, starts.SIGNAL_FIGURE, starts.GRADIENT_MAP_FIGURE}
    for figure, image in result.figures.items():
        assert figure.about and image.shape[2] == pictures.CARD_WIDTH
        assert image.shape[1] <= pictures.CARD_HEIGHT + 5


@pytest.mark.parametrize(
    ("names", "claims"),
    [
        (("zero",), []),
        (("he", "zero"), ["he: log2 of variance over 3 layers"]),
        (("lsuv", "orthogonal"), ["lsuv: variance - 1 of the worst layer"]),
    ],
)
def test_any_selection_has_its_claims_and_its_pictures(
    names: tuple[str, ...], claims: list[str], batch: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "NETWORKS", 1)
    found = starts.run(names, 3, 16, *batch, SEED)
    assert [claim.name for claim in found.claims] == claims
    assert set(found.figures) == {starts.SIGNAL_MAP_FIGURE, starts.SIGNAL_FIGURE, starts.GRADIENT_MAP_FIGURE}


def test_numbers_that_no_float_holds_are_left_out_of_the_pictures() -> None:
    beyond = {"large": [0.0, 5000.0, math.inf], "small": [0.0, -5000.0, -math.inf], "he": [0.0, math.nan, math.nan]}
    assert starts.draw_curves(beyond, 3).isfinite().all()
    assert starts.draw_heatmap({"large": [1.0, 1e300, math.inf], "he": [0.0, math.nan, 1.0]}, "log10").isfinite().all()
    assert starts.draw_curves({"large": [2.0 * layer for layer in range(1500)]}, 1500).isfinite().all()


def test_a_curve_has_the_colour_of_its_start_whatever_stands_beside_it() -> None:
    alone = starts.draw_curves({"large": [0.0, 2.0, 4.0]}, 3)
    both = starts.draw_curves({"he": [0.0, 0.0, 0.0], "large": [0.0, 2.0, 4.0]}, 3)
    red, blue = (torch.tensor(PALETTE[colour])[:, None, None] / 255 for colour in ("red", "blue"))
    for drawn in (alone, both):
        assert torch.isclose(drawn, red).all(0).any() and not torch.isclose(drawn, blue).all(0).any()


def test_every_start_is_described() -> None:
    assert tuple(starts.STARTS) == INITS and all(starts.STARTS.values())
