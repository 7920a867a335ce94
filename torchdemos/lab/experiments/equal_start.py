"""One small network from equal and from random weights of one size, recorded while it learns.

A neuron of the first layer is a picture of its 784 weights. From random weights these pictures come to differ; from
equal ones all neurons get one gradient, so that they stay copies of one picture. `symmetry` measures what that costs.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.lab import ensembles, inits, models
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.training import accuracy, batches

SIZE = 0.01  # of a weight at the start: the same for equal and for random ones
STARTS = {"zero": "all weights 0", "constant": f"all weights {SIZE}", "random": f"normal, of the same size: {SIZE}"}
NEURONS = 36
STEPS = (0, 50, 200)  # when the weights are recorded
BATCH = 128
LEARNING_RATE = 0.1


class Snapshot(NamedTuple):
    """The weights into every neuron of the first layer, [NEURONS, 784], and the share of test digits named right."""

    weights: Tensor
    accuracy: float

    @property
    def distinct(self) -> int:
        """The number of neurons that differ from all others, equal ones counted once."""
        return len(torch.unique(self.weights, dim=0))


@dataclass
class Recorded:
    """What one network left behind: the loss of every step, and snapshots by the number of steps taken."""

    losses: list[float] = field(default_factory=list)
    snapshots: dict[int, Snapshot] = field(default_factory=dict)

    @property
    def end(self) -> Snapshot:
        """The last snapshot."""
        return self.snapshots[max(self.snapshots)]


def train(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Recorded]:
    """Train 784-36-10 from each of STARTS on the same batches by plain SGD, and record it at STEPS."""
    networks = {name: fresh(name, seed).to(images.device) for name in STARTS}
    recorded = {name: Recorded() for name in STARTS}

    def record(step: int) -> None:
        for name, model in networks.items():
            weights = model.get_parameter("fc1.weight").detach().clone()
            recorded[name].snapshots[step] = Snapshot(weights, accuracy(model, test_images, test_labels))

    record(0)
    data = progress(batches(images, labels, BATCH, STEPS[-1], seed), "training equal copies", STEPS[-1])
    rates = [LEARNING_RATE] * len(STARTS)
    for step, losses in ensembles.train(list(networks.values()), data, cross_entropy, rates):
        for one, loss in zip(recorded.values(), losses.tolist(), strict=True):
            one.losses.append(loss)
        if step + 1 in STEPS:
            record(step + 1)
    return recorded


@torch.no_grad()
def fresh(name: str, seed: int) -> nn.Sequential:
    """784-36-10 from one of STARTS; biases start as the weights do."""
    model, generator = models.mlp(NEURONS), torch.Generator().manual_seed(seed)
    inits.constant(model, SIZE if name == "constant" else 0.0)
    if name == "random":
        for parameter in model.parameters():
            parameter.copy_(SIZE * torch.randn(parameter.shape, generator=generator))
    return model
