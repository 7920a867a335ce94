"""The flags that each demo has of its own. This file imports no torch, so that `--help` answers at once."""

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Literal, get_args

from torchdemos.lab.demos.common_flags import Config


@dataclass(frozen=True)
class Neurons(Config):
    """What is a neuron? A unit that holds one value for one given input.

    Trains a small CNN and an MLP on handwritten digits and shows every neuron of every layer as a
    pixel: for one digit, for ten digits, over training, and one neuron recomputed by hand. Asks how
    many random labels one neuron can learn, and which input neurons never fire.

    In code to read and change: scripts/neurons.py.
    """

    model: Literal["both", "cnn", "mlp"] = "both"
    """Which network to train."""
    digit: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9] = 3
    """The digit whose neurons are shown in full."""
    steps: int = 400
    """Training steps."""
    batch: int = 64
    """Digits in a training step."""
    lr: float = 0.05
    """Learning rate of SGD with momentum 0.9."""
    trials: int = 60
    """Random labellings for each point of the curve of what one neuron can learn."""

    def validate(self) -> None:
        super().validate()
        _check_training(self.steps, self.batch, self.lr)
        _check_whole(trials=self.trials)


@dataclass(frozen=True)
class GradientFlow(Config):
    """What is the chain rule? A layer's gradient is the product of all later layers' factors.

    Trains three deep networks side by side that differ in their start: gradients that vanish,
    flow and explode. Predicts the factor of a layer before measuring it, holds a textbook's numbers
    against it, and puts a law and a measurement to each cure.

    In code to read and change: scripts/gradient_flow.py.
    """

    depth: int = 20
    """Hidden layers of each network."""
    width: int = 200
    """Neurons in each hidden layer."""
    steps: int = 200
    """Training steps."""
    batch: int = 64
    """Digits in a training step."""
    lr: float = 0.01
    """Learning rate of SGD with momentum 0.9."""
    repeats: int = 12
    """Random networks over which the factor of a layer is averaged."""

    def validate(self) -> None:
        super().validate()
        _check_training(self.steps, self.batch, self.lr)
        _check_whole(depth=self.depth, width=self.width, repeats=self.repeats)
        if self.depth < 5:
            raise ValueError(f"--depth {self.depth} is too shallow to see gradients flow: give 5 or more")


@dataclass(frozen=True)
class LearningRate(Config):
    """What does the learning rate do? It is the step size: too small crawls, larger is faster, too large diverges.

    Predicts from the curvature of the loss, 2/lambda, at which learning rate training diverges, then
    climbs a ladder of four learning rates past it, and shows what real networks do at that edge.

    In code to read and change: scripts/learning_rate.py.
    """

    ladder: tuple[float, float, float, float] = (0.02, 0.5, 0.99, 1.05)
    """Four learning rates, ascending, in units of the predicted threshold 2/lambda."""
    steps: int = 100
    """Training steps of each rung."""
    lr: float = 0.05
    """Learning rate of the network that trains at the edge of stability."""

    def validate(self) -> None:
        super().validate()
        _check_training(self.steps, 1, self.lr)
        if not (self.ladder[0] > 0 and all(a < b for a, b in pairwise(self.ladder)) and self.ladder[-1] <= 1e30):
            given = " ".join(f"{rung:g}" for rung in self.ladder)
            raise ValueError(
                f"--ladder {given} does not climb: give four numbers from above 0 to 1e30, each above the one before"
            )


Init = Literal["zero", "constant", "small", "large", "xavier", "he", "orthogonal", "lsuv"]
INITS: tuple[Init, ...] = get_args(Init)


@dataclass(frozen=True)
class Initialization(Config):
    """How are weights initialized? Randomly: equal weights stay equal, and the scale decides what survives depth.

    Trains one deep network from eight starts side by side: zero, constant, too small, too large,
    Xavier, He, orthogonal and LSUV.

    In code to read and change: scripts/initialization.py.
    """

    inits: tuple[Init, ...] = INITS
    """Which starts to train."""
    depth: int = 10
    """Hidden layers."""
    width: int = 128
    """Neurons in each hidden layer."""
    steps: int = 200
    """Training steps."""
    batch: int = 64
    """Digits in a training step."""
    lr: float = 0.01
    """Learning rate of SGD with momentum 0.9."""

    def validate(self) -> None:
        super().validate()
        _check_training(self.steps, self.batch, self.lr)
        _check_whole(depth=self.depth, width=self.width)
        unknown = [init for init in self.inits if init not in INITS]
        if unknown:
            raise ValueError(f"--inits {' '.join(unknown)} is unknown: choose from {', '.join(INITS)}")
        if not 0 < len(set(self.inits)) == len(self.inits):
            raise ValueError(f"--inits takes one or more starts, each once: choose from {', '.join(INITS)}")


@dataclass(frozen=True)
class Loss(Config):
    """What is loss? The distance between prediction and truth: squared error, cross entropy, negative log-likelihood.

    Trains one network under each loss, right and wrongly coded, beside the exact floor that each can
    reach, and shows why a loss whose gradient saturates learns slowly.

    In code to read and change: scripts/loss.py.
    """

    steps: int = 600
    """Training steps."""
    batch: int = 128
    """Digits in a training step."""
    lr: float = 0.001
    """Learning rate of Adam."""

    def validate(self) -> None:
        super().validate()
        _check_training(self.steps, self.batch, self.lr)


# More of it than any machine has room or time for.
MOST = {"batch": 60_000, "depth": 1_000, "repeats": 10_000, "steps": 1_000_000, "trials": 10_000, "width": 10_000}

DEMOS: tuple[type[Config], ...] = (Neurons, LearningRate, Initialization, Loss, GradientFlow)


@dataclass(frozen=True)
class All(Config):
    """All five questions: the neuron, the learning rate, initialization, loss and the chain rule.

    Runs the five demos with their defaults, one after the other, and ends with one table of
    everything that was predicted and measured.
    """

    def each(self) -> list[Config]:
        """The five demos with these flags."""
        return [demo(**{flag.name: getattr(self, flag.name) for flag in fields(Config)}) for demo in DEMOS]


def _check_training(steps: int, batch: int, lr: float) -> None:
    _check_whole(steps=steps, batch=batch)
    if not 0 < lr <= 1e30:
        raise ValueError(f"--lr {lr} is not a learning rate: give a positive number such as 0.01")


def _check_whole(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"--{name} {number} is too few: give 1 or more")
        if number > MOST[name]:
            raise ValueError(f"--{name} {number} is too many: give {MOST[name]:,} or fewer")
