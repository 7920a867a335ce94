"""Two networks that learn against each other: points of a plane, made from noise."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.faultbench.training import Trained
from benchmarks.faultbench.watching import watched
from torchdemos import watch

STEPS, BATCH, NOISE = 250, 64, 4


def gan(seed: int, nested: bool, leaky: bool = True) -> Trained:
    """A block for each of the two, or one block around both, in which the generator's loss goes through both."""
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    generator, critic = net(NOISE, 2, leaky), net(2, 1, leaky)
    optimizers = [torch.optim.Adam(model.parameters(), lr=2e-3, betas=(0.5, 0.99)) for model in (generator, critic)]
    around_generator, around_critic = watch(generator, alert=None), watch(critic, alert=None)
    before = distance(generator, chance)

    def learn_critic() -> None:
        optimizers[1].zero_grad()
        fake = generator(noise(chance)).detach()
        loss = judged(critic(points(chance)), 1.0) + judged(critic(fake), 0.0)
        loss.backward()
        optimizers[1].step()
        around_critic.loss(loss)

    def learn_generator() -> None:
        optimizers[0].zero_grad()
        loss = judged(critic(generator(noise(chance))), 1.0)
        loss.backward()
        optimizers[0].step()
        around_generator.loss(loss)

    def step(i: int) -> None:
        if nested:
            learn_critic()
            learn_generator()
            return
        with around_critic(i):
            learn_critic()
        with around_generator(i):
            learn_generator()

    mark = "" if nested else "*"
    seen = watched({f"generator{mark}": around_generator, f"critic{mark}": around_critic}, STEPS, step)
    return Trained(seen, distance(generator, chance) / before)


def net(inputs: int, outputs: int, leaky: bool) -> nn.Sequential:
    activation = (lambda: nn.LeakyReLU(0.2)) if leaky else nn.ReLU
    return nn.Sequential(
        nn.Linear(inputs, 32), activation(), nn.Linear(32, 32), activation(), nn.Linear(32, outputs)
    )  # fmt: skip


def judged(logits: Tensor, answer: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, answer))


def noise(chance: torch.Generator) -> Tensor:
    return torch.randn(BATCH, NOISE, generator=chance)


def points(chance: torch.Generator) -> Tensor:
    """A cloud away from the middle."""
    return torch.randn(BATCH, 2, generator=chance) * torch.tensor([0.3, 0.8]) + torch.tensor([2.0, -1.0])


def distance(generator: nn.Module, chance: torch.Generator) -> float:
    """How far the mean and the spread of what is made are from those of the true points."""
    with torch.no_grad():
        made = torch.cat([generator(noise(chance)) for _ in range(8)])
    true = torch.cat([points(chance) for _ in range(8)])
    return float((made.mean(0) - true.mean(0)).norm() + (made.std(0) - true.std(0)).norm())
