"""Architectures of torchvision at their first steps, before they have learnt anything."""

from collections.abc import Callable
from functools import partial

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from benchmarks.faultbench import data as data_sets
from benchmarks.faultbench.training import Trained
from benchmarks.faultbench.watching import watched
from torchdemos import watch

SIDE = {"vgg11_bn": 32, "squeezenet1_1": 48}  # the smallest pictures that a model takes; 64 otherwise
NAMES = (
    *("resnet18", "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "mnasnet0_5"),
    *("efficientnet_b0", "densenet121", "regnet_y_400mf", "vgg11_bn"),
)
STEPS, SAMPLES = 3, 8


def untrained() -> dict[str, Callable[[int], Trained]]:
    """A run of three steps for each architecture."""
    return {f"untrained {name}": partial(first_steps, name) for name in NAMES}


def first_steps(name: str, seed: int) -> Trained:
    """Three steps on digits that are enlarged to the size that the architecture takes."""
    digits = data_sets.load("mnist")
    torch.manual_seed(seed)
    model: nn.Module = getattr(torchvision.models, name)(num_classes=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    pictures = F.interpolate(digits.inputs / 255, size=SIDE.get(name, 64)).expand(-1, 3, -1, -1)
    around = watch(model, alert=None)

    def step(i: int) -> None:
        chosen = slice(i * SAMPLES, (i + 1) * SAMPLES)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(pictures[chosen]), digits.targets[chosen])
        loss.backward()
        optimizer.step()
        around.loss(loss)

    return Trained(watched({"": around}, STEPS, step), left=0.0)
