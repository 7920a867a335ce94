"""The flags of every demo. This file imports no torch, so that `--help` answers at once."""

from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tyro


def _folder(default: str) -> Any:
    return tyro.conf.arg(metavar="DIR", help_behavior_hint=f"(default: {default})")


ASK = Path("-")  # of `--predict` without a file


def _predict() -> Any:
    """A flag with a file or without one."""
    return tyro.constructors.PrimitiveConstructorSpec[Path | None](
        nargs="*",
        metavar="[FILE]",
        instance_from_str=_ask_or_read,
        is_instance=lambda found: found is None or isinstance(found, Path),
        str_from_instance=lambda found: [] if found in (None, ASK) else [str(found)],
    )


def _ask_or_read(words: list[str]) -> Path:
    if len(words) > 1:
        raise ValueError(f"one file, not {len(words)}")
    return Path(words[0]) if words else ASK


@dataclass(frozen=True)
class Config:
    """Flags that every demo has."""

    seed: int = 0
    """Seed of the weights and of the order of the digits."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    log_dir: Annotated[Path | None, _folder("logs/DEMO/DATE-TIME")] = None
    """Folder for this run's log, made fresh."""
    data_dir: Annotated[Path | None, _folder("$TORCHDEMOS_DATA, ./data, or else 5,000 embedded digits")] = None
    """Folder that holds the full MNIST, in MNIST/raw."""
    download: tyro.conf.FlagCreatePairsOff[bool] = False
    """Download the full MNIST into --data-dir (or ./data) if it is not there."""
    full: tyro.conf.FlagCreatePairsOff[bool] = False
    """Run the published experiments at their published size as well; needs the full MNIST."""
    check: tyro.conf.FlagCreatePairsOff[bool] = False
    """End with exit code 1 if a claim does not hold."""
    table: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print every prediction beside its measurement as well."""
    predict: Annotated[Path | None, _predict(), tyro.conf.arg(help_behavior_hint="(default: nothing is asked)")] = None
    """Ask for your own predictions first, or read them from FILE, as in {"edge": 0.05}."""
    json: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print one JSON document, a list of demos with all that was predicted and measured; all else goes to stderr."""

    @property
    def question(self) -> str:
        """The question that the demo answers."""
        return (self.__doc__ or "").splitlines()[0]

    def validate(self) -> None:
        """Raise `ValueError` in one sentence if no run can have these settings."""
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed {self.seed} is out of range: give a whole number from 0 to 4294967295")


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
