"""A fault: a sound configuration, what is changed in it, and what a diagnosis should say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.faultbench.config import Config


@dataclass(frozen=True)
class Fault:
    """`kinds` are the right names, any of which will do; `layers` patterns of the right layers, none if anywhere."""

    name: str
    clean: Config
    kinds: frozenset[str]
    layers: frozenset[str] = frozenset()
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """The faulty run: same architecture, data and seeds unless they are what is wrong."""
        return replace(self.clean, **self.changes)


def fault(name: str, clean: Config, kinds: str, layers: str = "", **changes: Any) -> Fault:
    """Kinds and layers as words with commas."""
    return Fault(name, clean, _set(kinds), _set(layers), changes)


def _set(words: str) -> frozenset[str]:
    return frozenset(word.strip() for word in words.split(",") if word.strip())
