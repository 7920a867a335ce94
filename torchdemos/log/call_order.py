"""The order in which a model calls its layers: their numbers tell it, or a text where the numbers do not."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from torchdemos.log import tags

TAG = "call_order"
START = "Layers in call order, which their numbers do not tell: "


def text(layers: Iterable[str]) -> str:
    """What the log says of the order of numbered layers, such as `03_fc1`."""
    return f"{START}{', '.join(layers)}."


def text_tag(tag: str) -> str:
    """The tag of the text about the model to which a tag of numbers belongs."""
    found = re.fullmatch(r"(.+)_(\d_\D.*)", tag.partition("/")[0])
    return tags.prefixed(found[1] if found else "", TAG)


def by_call(group: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    """The tags of one group, `group/03_fc1`, in call order; `texts` are those of the same run.

    Layers that the text does not have come last, by their number.
    """
    found = sorted(group, key=_number)
    told = _parse(texts.get(text_tag(found[0]), "")) if found else []
    places = {layer: place for place, layer in enumerate(told)}
    return sorted(found, key=lambda tag: places.get(tag.partition("/")[2], math.inf))


def _parse(words: str) -> Sequence[str]:
    return words.removeprefix(START).removesuffix(".").split(", ") if words.startswith(START) else []


def _number(tag: str) -> tuple[float, str]:
    number = re.match(r"\d+", tag.partition("/")[2])
    return (int(number[0]) if number else math.inf, tag)
