"""Models that are not called once, as a whole and with weights of their own."""

from collections.abc import Iterator

import torch
from torch import Tensor, autograd, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy, mse_loss
from torch.optim import SGD, AdamW

from programs.due import Due, Observe, batches, of
from programs.models import Autoencoder, Dropped, FrozenEncoder, InModule, LoRA, Memory, PackedLinear, mlp


def training_step(observe: Observe) -> Iterator[Due]:
    module = InModule()
    around, optimizer = observe(module), SGD(module.parameters(), lr=0.1)
    for step, x, y in batches(4):
        due = of(module.training_step(x, y), module)
        with around(step):
            optimizer.zero_grad()
            module.training_step(x, y).backward()
            optimizer.step()
        yield Due(due)


def encode(observe: Observe) -> Iterator[Due]:
    """Three views of a batch, of which one is decoded."""
    model = Autoencoder()
    around, optimizer = observe(model), SGD(model.parameters(), lr=0.1)

    def loss(x: Tensor) -> Tensor:
        code, left, right = (model.encode(x + shift) for shift in (0.0, 0.1, -0.1))
        return mse_loss(left, right) + mse_loss(model.decoder(code), x)

    for step, x, _ in batches(4):
        due = of(loss(x), model)
        with around(step):
            optimizer.zero_grad()
            loss(x).backward()
            optimizer.step()
        yield Due(due)


def trained_on(model: nn.Module, observe: Observe, steps: int = 4, width: int = 6) -> Iterator[Due]:
    """A plain loop."""
    around, optimizer = observe(model), AdamW([p for p in model.parameters() if p.requires_grad], lr=0.01)
    for step, _, y in batches(steps):
        x = torch.randn(8, width)
        due = of(cross_entropy(model(x), y), model)
        with around(step):
            optimizer.zero_grad()
            cross_entropy(model(x), y).backward()
            optimizer.step()
        yield Due(due)


def lora(observe: Observe) -> Iterator[Due]:
    return trained_on(nn.Sequential(LoRA(nn.Linear(6, 8)), nn.Tanh(), LoRA(nn.Linear(8, 3))), observe)


def tensor_subclass(observe: Observe) -> Iterator[Due]:
    return trained_on(nn.Sequential(PackedLinear(6, 8), nn.Tanh(), nn.Linear(8, 3)), observe)


def frozen_encoder(observe: Observe) -> Iterator[Due]:
    model = FrozenEncoder()
    around, optimizer = observe(model), SGD(model.head.parameters(), lr=0.1)
    for step, _, y in batches(6):
        x = torch.randn(8, 5, 16)
        due = of(cross_entropy(model.head(model.encode(x)), y), model)
        with around(step):
            optimizer.zero_grad()
            with torch.set_grad_enabled(step % 2 == 0):
                features = model.encode(x)
            cross_entropy(model.head(features), y).backward()
            optimizer.step()
        yield Due(due)


def maml(observe: Observe) -> Iterator[Due]:
    """The loss of fast weights, by the weights that they come from."""
    model = mlp()
    around, optimizer = observe(model), SGD(model.parameters(), lr=0.1)

    def loss(x: Tensor, y: Tensor) -> Tensor:
        slow = dict(model.named_parameters())
        inner = cross_entropy(functional_call(model, slow, (x[:4],)), y[:4])
        steps = autograd.grad(inner, list(slow.values()), create_graph=True)
        fast = {name: p - 0.5 * step for (name, p), step in zip(slow.items(), steps, strict=True)}
        return cross_entropy(functional_call(model, fast, (x[4:],)), y[4:])

    for step, x, y in batches(4):
        due = of(loss(x, y), model)
        with around(step):
            optimizer.zero_grad()
            loss(x, y).backward()
            optimizer.step()
        yield Due(due)


def layer_drop(observe: Observe) -> Iterator[Due]:
    model = Dropped()
    around, optimizer = observe(model), SGD(model.parameters(), lr=0.1)
    for step, x, y in batches(6):
        kept = [index for index in range(5) if torch.rand(()) < 0.6]
        due = of(cross_entropy(model(x, kept), y), model)
        with around(step):
            optimizer.zero_grad()
            cross_entropy(model(x, kept), y).backward()
            optimizer.step()
        yield Due(due)


def retried_in_halves(observe: Observe) -> Iterator[Due]:
    """Every second batch is too large for one of the layers."""
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), memory := Memory(8), nn.Linear(8, 3))
    around, optimizer = observe(model), SGD(model.parameters(), lr=0.1)
    for step, x, y in batches(4):
        memory.most = 8
        due = of(cross_entropy(model(x), y), model)
        memory.most = 4 if step % 2 else 8
        with around(step):
            optimizer.zero_grad()
            try:
                cross_entropy(model(x), y).backward()
            except torch.OutOfMemoryError:
                for part, targets in zip(x.chunk(2), y.chunk(2), strict=True):
                    (cross_entropy(model(part), targets) / 2).backward()
            optimizer.step()
        yield Due(due)
