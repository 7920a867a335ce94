"""Gradients of outputs are those of the sum of all losses, as gradients of parameters are."""

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, autograd, nn
from torch.utils.checkpoint import checkpoint

from torchdemos import Tape, record

Backward = Callable[[nn.Module, Tensor], None]


def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))


def inputs() -> Tensor:
    return torch.randn(6, 4, generator=torch.Generator().manual_seed(1))


def recorded(backward: Backward) -> Tape:
    with record(watched := model()) as tape:
        backward(watched, watched(inputs()))
    return tape


def of_the_sum(*weights: float) -> dict[str, Tensor]:
    """Gradients of the outputs for the sum of `weighted` losses, by `torch.autograd.grad`."""
    x, outputs = inputs(), list[Tensor]()
    for layer in model():
        outputs.append(x := layer(x))
    total = sum(weight * loss(x, number) for number, weight in enumerate(weights))
    return dict(zip("012", autograd.grad(total, outputs), strict=True))  # type: ignore[arg-type]


def loss(y: Tensor, number: int) -> Tensor:
    return (y.sin().mean(), y.square().mean(), y.exp().mean())[number]


def two_losses(watched: nn.Module, y: Tensor) -> None:
    loss(y, 0).backward(retain_graph=True)
    loss(y, 1).backward()


def three_losses_that_keep_the_graph(watched: nn.Module, y: Tensor) -> None:
    for number in range(3):
        loss(y, number).backward(retain_graph=True)


def a_loss_beside_gradients_on_request(watched: nn.Module, y: Tensor) -> None:
    """As for a gradient penalty: what `autograd.grad` gives is used, and adds to no parameter."""
    autograd.grad(loss(y, 2), list(watched.parameters()), create_graph=True)
    loss(y, 0).backward(retain_graph=True)
    autograd.grad(loss(y, 2), list(watched.parameters()), retain_graph=True)
    autograd.grad(loss(y, 2), y)


def a_loss_whose_gradient_is_differentiated(watched: nn.Module, y: Tensor) -> None:
    loss(y, 0).backward(create_graph=True)
    loss(y, 1).backward()


def nothing_but_gradients_on_request(watched: nn.Module, y: Tensor) -> None:
    autograd.grad(loss(y, 1), list(watched.parameters()), retain_graph=True)
    autograd.grad(loss(y, 0), list(watched.parameters()))


def a_pass_that_fails_before_another(watched: nn.Module, y: Tensor) -> None:
    def fail(gradient: Tensor) -> None:
        raise ZeroDivisionError

    handle = watched[0].weight.register_hook(fail)  # type: ignore[index]
    with pytest.raises(ZeroDivisionError):
        loss(y, 2).backward(retain_graph=True)
    handle.remove()
    watched.zero_grad()
    loss(y, 0).backward()


@pytest.mark.parametrize(
    ("backward", "weights"),
    [
        (two_losses, (1, 1)),
        (three_losses_that_keep_the_graph, (1, 1, 1)),
        (a_loss_beside_gradients_on_request, (1,)),
        (a_loss_whose_gradient_is_differentiated, (1, 1)),
        (nothing_but_gradients_on_request, (1,)),
        (a_pass_that_fails_before_another, (1,)),
    ],
)
@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
def test_gradients_add_up_over_the_passes_that_add_to_parameters(backward: Backward, weights: list[float]) -> None:
    expected = of_the_sum(*weights)
    found = recorded(backward).gradients
    assert list(found) == list(expected)
    for key, gradient in found.items():
        torch.testing.assert_close(gradient, expected[key], rtol=1e-5, atol=1e-8)


def test_gradients_add_up_where_checkpointing_nests_passes() -> None:
    watched, x = model(), inputs().requires_grad_()
    with record(watched) as tape:
        y = checkpoint(watched, x, use_reentrant=True)
        loss(y, 0).backward(retain_graph=True)
        loss(y, 1).backward()
    assert list(tape.gradients) == list("012")
    for key, expected in of_the_sum(1, 1).items():
        torch.testing.assert_close(tape.gradients[key], expected)


def test_keep_is_given_the_sum() -> None:
    with record(watched := model(), keep=torch.Tensor.norm) as tape:
        two_losses(watched, watched(inputs()))
    for key, expected in of_the_sum(1, 1).items():
        torch.testing.assert_close(tape.gradients[key], expected.norm())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda tape: pickle.loads(pickle.dumps(tape))])
def test_a_copied_tape_has_its_gradients(copied: Callable[[Tape], Tape]) -> None:
    tape = recorded(two_losses)
    for key, expected in copied(tape).gradients.items():
        assert torch.equal(tape.gradients[key], expected)


def test_nothing_is_held_after_the_block() -> None:
    tape = recorded(three_losses_that_keep_the_graph)
    assert not tape._gradients._sums and not tape._gradients._passes
