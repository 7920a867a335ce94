"""One small model, and a batch and a backward pass for it."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


def digits() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 6, generator=generator), torch.randint(0, 3, (8,), generator=generator)


def backward(model: nn.Module) -> Tensor:
    x, y = digits()
    loss = cross_entropy(model(x), y)
    loss.backward()
    return loss


def train(model: nn.Module, lr: float = 0.0) -> None:
    """A whole step, by default one that leaves the weights as they are."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    backward(model)
    optimizer.step()
