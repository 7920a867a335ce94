"""Small real data sets that ship in packages: the digits of torchdemos, and those of scikit-learn."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import sklearn.datasets
import torch
from torch import Tensor
from torch.nn import functional as F

from torchdemos.lab import data as lab_data

MNIST_SAMPLES = 2000
CONTEXT = 24  # characters that a language model is given


class Data(NamedTuple):
    """Raw inputs and their targets.

    `kind` is "classes" (int64), "binary" (0 or 1 as float32 [N, 1]) or "numbers" (float32 [N, M]).
    """

    inputs: Tensor
    targets: Tensor
    kind: str
    outputs: int


def mnist() -> Data:
    """Digits of MNIST averaged to 14 x 14 pixels, 0..255."""
    digits = lab_data.load()
    small = F.avg_pool2d(digits.train_images[:MNIST_SAMPLES], 2) * 255
    return Data(small, digits.train_labels[:MNIST_SAMPLES], "classes", 10)


def mnist_pictures() -> Data:
    """The same digits with themselves as targets, for autoencoders: pixels 0..1 as the targets."""
    digits = mnist()
    pixels = digits.inputs.flatten(1) / 255
    return Data(digits.inputs, pixels, "numbers", pixels.shape[1])


def digits() -> Data:
    """1,797 digits of 8 x 8 pixels, 0..16."""
    found = sklearn.datasets.load_digits()
    return Data(_floats(found.images)[:, None], torch.as_tensor(found.target).long(), "classes", 10)


def digit_tokens() -> Data:
    """The same as 64 tokens out of 17."""
    found = digits()
    return found._replace(inputs=found.inputs.flatten(1).long())


def breast_cancer() -> Data:
    """30 features of 569 tumours, up to 4,254."""
    found = sklearn.datasets.load_breast_cancer()
    return Data(_floats(found.data), _floats(found.target)[:, None], "binary", 1)


def wine() -> Data:
    """13 features of 178 wines, up to 1,680."""
    found = sklearn.datasets.load_wine()
    return Data(_floats(found.data), torch.as_tensor(found.target).long(), "classes", 3)


def diabetes() -> Data:
    """10 features of 442 patients; the target has mean 0 and std 1."""
    found = sklearn.datasets.load_diabetes(scaled=False)
    return Data(_floats(found.data), _standard(_floats(found.target)[:, None]), "numbers", 1)


def friedman() -> Data:
    """A function of 10 features that scikit-learn makes, with little noise; the target has mean 0 and std 1."""
    inputs, targets = sklearn.datasets.make_friedman1(1000, noise=0.2, random_state=0)
    return Data(_floats(inputs), _standard(_floats(targets)[:, None]), "numbers", 1)


def text() -> Data:
    """English: what scikit-learn says about its data sets, 24 characters at a time and the same one further."""
    names = ("diabetes", "wine", "breast_cancer", "digits", "iris")
    words = "".join(getattr(sklearn.datasets, f"load_{name}")().DESCR for name in names).lower()
    letters = {letter: i for i, letter in enumerate(sorted(set(words)))}
    codes = torch.tensor([letters[letter] for letter in words])
    windows = codes.unfold(0, CONTEXT + 1, 7)
    return Data(windows[:, :-1].clone(), windows[:, 1:].clone(), "classes", len(letters))


def constant_loss(data: Data) -> float:
    """What it costs to give the same best answer always: entropy in nats, or the variance."""
    if data.kind == "numbers":
        return float((data.targets - data.targets.mean(0)).square().mean())
    counts = torch.bincount(data.targets.flatten().long()).double()
    shares = counts[counts > 0] / counts.sum()
    return float(-sum(share * math.log(share) for share in shares.tolist()))


def load(name: str) -> Data:
    """One of the data sets above, by its function's name."""
    return _loaded(globals()[name])


@cache
def _loaded(make: Callable[[], Data]) -> Data:
    return make()


def _floats(numbers: Any) -> Tensor:
    return torch.as_tensor(numbers, dtype=torch.float32)


def _standard(numbers: Tensor) -> Tensor:
    return (numbers - numbers.mean(0)) / numbers.std(0)
