"""What a rule says when it fires."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import SupportsFloat, TypeAlias

Numbers: TypeAlias = Mapping[str, SupportsFloat]  # layer -> number, in call order


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a run, in the user's language.

    `kind` is the disease ("vanishing gradient"), `level` "error" or "warning", `layer` the layer to look at first
    (None: the whole run), `message` what, where, how much, against which threshold and what to try, `source` where the
    threshold comes from.
    """

    kind: str
    level: str
    layer: str | None
    message: str
    source: str


def others(layers: Sequence[str] | Mapping[str, float]) -> str:
    """How many more layers are as sick as the one that is named."""
    more = len(layers) - 1
    return f", and {more} more layer{'s' * (more > 1)} like it" if more else ""
