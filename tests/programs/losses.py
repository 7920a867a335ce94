"""Losses that go back more than once, or whose step is left out."""

from collections.abc import Iterator

import torch
from torch import Tensor, autograd
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from programs.due import Due, Observe, batches, of
from programs.models import mlp


def two_losses(observe: Observe) -> Iterator[Due]:
    model = mlp()
    around, optimizer = observe(model), SGD(model.parameters(), lr=0.1)
    for step, x, y in batches(4):
        outputs = model(x)
        due = of(cross_entropy(outputs, y) + outputs.square().mean(), model)
        with around(step):
            optimizer.zero_grad()
            outputs = model(x)
            cross_entropy(outputs, y).backward(retain_graph=True)
            outputs.square().mean().backward()
            optimizer.step()
        yield Due(due)


def gradient_penalty(observe: Observe) -> Iterator[Due]:
    """A Wasserstein critic whose slope is to be 1 (arXiv:1704.00028)."""
    critic = mlp(1)
    around, optimizer = observe(critic), SGD(critic.parameters(), lr=0.1)

    def loss(real: Tensor, fake: Tensor) -> Tensor:
        between = real.lerp(fake, 0.3).requires_grad_()
        (slope,) = autograd.grad(critic(between).sum(), between, create_graph=True)
        return critic(fake).mean() - critic(real).mean() + 10 * (slope.norm(dim=1) - 1).square().mean()

    for step, x, _ in batches(4):
        fake = torch.randn(8, 6)
        due = of(loss(x, fake), critic)
        with around(step):
            optimizer.zero_grad()
            loss(x, fake).backward()
            optimizer.step()
        yield Due(due)


def skipping_scaler(observe: Observe) -> Iterator[Due]:
    """The gradients of every second batch are infinite, and the scaler leaves its step out."""
    model, scaler = mlp(), torch.amp.GradScaler("cpu", init_scale=1024.0)
    around, optimizer = observe(model, scaler=scaler), SGD(model.parameters(), lr=0.1)
    for step, x, y in batches(4):
        size = torch.inf if step % 2 else 1.0
        due = of(cross_entropy(model(x), y) * size, model)
        with around(step):
            optimizer.zero_grad()
            scaler.scale(cross_entropy(model(x), y) * size).backward()
            scaler.step(optimizer)
            scaler.update()
        yield Due(added=due) if step % 2 else Due(due)


def weights_moved_by_hand(observe: Observe) -> Iterator[Due]:
    """As by an optimizer that is none of `torch.optim`."""
    model = mlp()
    around = observe(model)
    for step, x, y in batches(4):
        due = of(cross_entropy(model(x), y), model)
        with around(step):
            model.zero_grad()
            cross_entropy(model(x), y).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.sub_(0.1 * parameter.grad)
        yield Due(added=due)
