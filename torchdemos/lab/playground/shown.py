"""The digit that the page shows: one of the test set, or one that somebody drew."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from torchdemos.lab.data import Digits
from torchdemos.lab.playground.settings import quoted

PIXELS = 784


class Shown(NamedTuple):
    """A picture [1, 1, 28, 28], its label if somebody knows it, what it is in words, and its place in the test set."""

    image: Tensor
    label: int | None
    words: str
    test: int | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether somebody drew it here."""
        return self.label is None

    @torch.no_grad()
    def shares(self, model: nn.Module) -> list[float]:
        """How sure the network is of each digit: the softmax of its answer [10]."""
        answer: list[float] = model(self.image)[0].softmax(0).tolist()
        return answer


class Answer(NamedTuple):
    """The digit that the network names, and its share."""

    digit: int
    share: float


def answer(shares: list[float]) -> Answer | None:
    """The digit with the largest share; None if they are no numbers."""
    if any(map(math.isnan, shares)):
        return None
    return Answer(max(range(len(shares)), key=shares.__getitem__), max(shares))


def check(value: Any, tests: int) -> dict[str, Any]:
    """`{"test": i}` with i below the number of tests, or `{"drawn": [784 numbers from 0 to 1]}`, else `ValueError`."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, content),) = value.items()
        if kind == "test" and type(content) is int and 0 <= content < tests:
            return {"test": content}
        if kind == "drawn" and isinstance(content, list) and len(content) == PIXELS and all(map(_is_ink, content)):
            return {"drawn": [float(ink) for ink in content]}
        if kind == "test":
            raise ValueError(f"there is no test digit {quoted(content)}: give a whole number from 0 to {tests - 1:,}")
    raise ValueError(
        f"digit {quoted(value)} is none: a drawing has {PIXELS} numbers from 0 (paper) to 1 (ink), and a test digit is "
        f"a whole number from 0 to {tests - 1:,}"
    )


def shown(value: Mapping[str, Any], digits: Digits) -> Shown:
    """The digit of a checked value."""
    if "drawn" in value:
        return Shown(torch.tensor(value["drawn"]).reshape(1, 1, 28, 28), None, "drawn by hand")
    place = value["test"]
    label = int(digits.test_labels[place])
    return Shown(digits.test_images[place : place + 1], label, f"a {label}, test digit {place:,}", place)


def _is_ink(number: Any) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= 1
