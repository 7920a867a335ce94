"""What an experiment hands back: its claims, and the figures and curves that show measured beside predicted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from torchdemos.lab.claims import Bound, Claim


@dataclass(frozen=True)
class Figure:
    """A picture that an experiment draws, described before it is drawn. Figures with one name are equal.

    `name` differs from that of every other figure of a demo, and starts with the figure's place among them
    ("6_catapult"). `title` and `caption` announce the figure in a few words; `about` says in a sentence or two how to
    read it.
    """

    name: str
    title: str = field(compare=False)
    caption: str = field(compare=False)
    about: str = field(compare=False)


class Charts(NamedTuple):
    """Charts that belong under one heading: {title of the chart: names of the curves in it}."""

    heading: str
    curves: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Result:
    """The outcome of one experiment.

    `figures` holds an image [3, H, W] for each figure. `curves` holds numbers by name and step, {name: {step: number}};
    a step may count anything, such as training steps or layers. `about` says what the curves mean, by name or by the
    part of the name before the last slash.
    """

    claims: Sequence[Claim | Bound]
    figures: Mapping[Figure, Tensor] = field(default_factory=dict)
    curves: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
