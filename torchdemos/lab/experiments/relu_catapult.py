"""The catapult of a ReLU network on digits: its sharpness is measured at the start, not known in advance.

Lewkowycz, Bahri, Dyer, Sohl-Dickstein & Gur-Ari 2020, "The large learning rate phase of deep learning: the catapult
mechanism", arXiv:2003.02218.
"""

import copy
import math
from itertools import repeat, takewhile

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize, relu

from torchdemos.lab import ensembles
from torchdemos.lab.claims import Bound
from torchdemos.lab.data import standardize
from torchdemos.lab.experiments.quadratic import half_square, targets
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Result
from torchdemos.lab.sharpness import sharpness

# Learning rates, in units of 1 / sharpness at the start.
MULTIPLES = (8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0)
STEPS = 300
START_SOURCE = "catapult, Lewkowycz et al. 2020; range: our own runs"
END_SOURCE = "Lewkowycz et al. 2020"


class NtkNetwork(nn.Module):
    """784-512-512-10 with ReLU, without biases, in the NTK parametrization: the sharpness does not grow with width.

    W ~ N(0, 1), and the forward pass multiplies by He's factor sqrt(2 / fan-in).
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        shapes = (512, 784), (512, 512), (10, 512)
        weights = [torch.randn(shape, generator=generator).to(device) for shape in shapes]
        self.weights = nn.ParameterList(map(nn.Parameter, weights))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [N, 10] for inputs [N, 784]."""
        for i, weight in enumerate(self.weights):
            x = linear(relu(x) if i else x, weight) * math.sqrt(2 / weight.shape[1])
        return x


def run(images: Tensor, labels: Tensor, seed: int, progress: Progress = no_progress) -> Result:
    """Train one start with many learning rates on all digits, each scaled to the length 28 = sqrt(784)."""
    inputs = 28 * normalize(standardize(images).flatten(1))
    one_hot = targets(labels).to(inputs)
    start = NtkNetwork(seed, images.device)
    at_start = sharpness(half_square(start(inputs), one_hot), start.parameters()).value
    models = [copy.deepcopy(start) for _ in MULTIPLES]
    rates = [multiple / at_start for multiple in MULTIPLES]
    training = ensembles.train(models, repeat((inputs, one_hot), STEPS), half_square, rates)
    tracked = progress(training, "catapult of a ReLU network", STEPS)
    losses = torch.stack([found for _, found in tracked]).T.tolist()
    landed = list(takewhile(lambda k: losses[k][-1] < losses[k][0], range(len(MULTIPLES))))
    ends = [rates[k] * sharpness(half_square(models[k](inputs), one_hot), models[k].parameters()).value for k in landed]
    highest = MULTIPLES[landed[-1]] if landed else math.nan
    return Result(
        [
            Bound("ReLU catapult: largest lr x sharpness at the start", START_SOURCE, highest, 10, 15),
            Bound("ReLU catapult: lr x sharpness at the end", END_SOURCE, max(ends, default=math.nan), high=2.05),
        ]
    )
