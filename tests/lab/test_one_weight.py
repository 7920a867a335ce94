"""One weight's gradient from the few numbers that are recorded of it."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.lab import models, one_weight
from torchdemos.lab.one_weight import OneWeight


@pytest.fixture
def model() -> nn.Sequential:
    torch.manual_seed(0)
    return models.deep_mlp(3, 6, "sigmoid", inputs=5, classes=4)


@pytest.fixture
def digits(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return torch.randn(7, 5, generator=generator), torch.tensor([0, 1, 2, 3, 0, 1, 2])


@pytest.fixture
def weight(model: nn.Sequential, digits: tuple[Tensor, Tensor]) -> OneWeight:
    return one_weight.largest_gradient(model, *digits)


def loss(recorded: OneWeight, w: float) -> Tensor:
    """What the recorded numbers say of the loss when the weight is w."""
    value = torch.tensor(w * recorded.x + recorded.rest, dtype=torch.float64).sigmoid()
    out, rest = (torch.tensor(part, dtype=torch.float64) for part in (recorded.weights_out, recorded.logits_rest))
    return cross_entropy(value * out + rest, torch.tensor(recorded.label))


def test_no_weight_between_the_last_hidden_layers_has_a_larger_gradient_on_any_digit(
    model: nn.Sequential, digits: tuple[Tensor, Tensor], weight: OneWeight
) -> None:
    gradients = []
    for image, label in zip(*digits, strict=True):
        (gradient,) = torch.autograd.grad(cross_entropy(model(image[None])[0], label), model.fc3.weight)
        gradients.append(gradient)
    every = torch.stack(gradients)
    digit, unit, source = torch.unravel_index(every.abs().argmax(), every.shape)
    assert (weight.unit, weight.source, weight.label) == (unit, source, digits[1][digit])
    assert weight.gradient == pytest.approx(float(every[digit, unit, source]), rel=1e-5)


def test_the_recorded_numbers_give_the_loss_at_this_and_at_any_other_weight(
    model: nn.Sequential, digits: tuple[Tensor, Tensor], weight: OneWeight
) -> None:
    def losses() -> list[float]:
        return cross_entropy(model(digits[0]), digits[1], reduction="none").tolist()

    place = min(range(7), key=lambda i: abs(losses()[i] - float(loss(weight, weight.w))))
    for w in (weight.w, -3.0, 5.0):
        with torch.no_grad():
            model.fc3.weight[weight.unit, weight.source] = w
        assert losses()[place] == pytest.approx(float(loss(weight, w)), rel=1e-5)


def test_the_gradient_is_the_slope_of_that_loss(weight: OneWeight) -> None:
    step = 1e-4
    slope = (loss(weight, weight.w + step) - loss(weight, weight.w - step)) / (2 * step)
    assert weight.gradient == pytest.approx(float(slope), rel=1e-6)


def test_the_model_stays_as_it_is(model: nn.Sequential, digits: tuple[Tensor, Tensor]) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    one_weight.largest_gradient(model, *digits)
    assert all(value.dtype == torch.float32 and value.equal(before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
