"""The scalars of a step: as values while their tags are new, and as bytes from then on."""

from collections.abc import Mapping
from typing import TypeAlias

from torch import Tensor

from torchdemos.board import values, wire
from torchdemos.board.non_finite import FirstNonFinite
from torchdemos.board.values import Value
from torchdemos.log import tags

Tags: TypeAlias = tags.Unique[tuple[str, str]]  # by prefix, and the tag as it was given
Tagged: TypeAlias = tuple[str, Value]  # the tag as it was given, and the value under the tag of its own


class Scalars:
    """Writes the scalars of each step under tags of their own, and a note about the first that is not finite."""

    def __init__(self, unique: Tags) -> None:
        self._tags = unique
        self._heads: dict[str, dict[str, bytes]] = {}  # of scalars that are described already, by prefix and tag
        self._non_finite = FirstNonFinite()

    def of(self, scalars: Mapping[str, float | Tensor], step: int, prefix: str) -> tuple[list[Tagged], bytes]:
        """Scalars with new tags as values still to be described, and all others as bytes."""
        numbers = [n if type(n) is float else _number(n) for n in scalars.values()]
        words = self._non_finite.news((self._tags[prefix, tag] for tag in scalars), numbers, step, prefix)
        found = [("diagnosis", values.text(self._tags[prefix, "diagnosis"], words))] if words else []
        known = self._heads.setdefault(prefix, {})
        heads = [known.get(tag) for tag in scalars]
        if None in heads:
            new = {tag: n for tag, n, head in zip(scalars, numbers, heads, strict=True) if head is None}
            found += [(tag, values.scalar(self._tags[prefix, tag], number)) for tag, number in new.items()]
            numbers = [n for n, head in zip(numbers, heads, strict=True) if head is not None]
            known |= {tag: wire.head(self._tags[prefix, tag]) for tag in new}
        return found, wire.scalars([head for head in heads if head is not None], numbers)

    def forget(self) -> None:
        """What was said of a tag is to be said again."""
        self._heads.clear()
        self._non_finite.forget()


def _number(value: float | Tensor) -> float:
    """A loss may still have its graph."""
    return float(value.detach() if isinstance(value, Tensor) else value)
