"""What an experiment hands back: claims, and charts with measured and predicted on them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor

from torchdemos.lab.claims import Bound, Claim

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]


class Picture(NamedTuple):
    """A chart as an image [3, H, W], and what it shows and how to read it in one or two sentences."""

    image: Tensor
    about: str


@dataclass(frozen=True)
class Evidence:
    """The outcome of one experiment.

    `pictures` are by tag; `curves` are scalars {tag: {step: value}}, where a step may count anything (training steps,
    layers), and `about` says by tag, or by the part of it before the last slash, what they mean.
    """

    claims: Sequence[Claim | Bound]
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    curves: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


def untracked(items: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """A `Track` without a progress bar: (items, description, how many) -> items."""
    return items
