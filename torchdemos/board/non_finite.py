"""A note about the first NaN or inf, because most charts do not show any."""

import math
from collections.abc import Iterable, Sequence


class FirstNonFinite:
    """Says under each prefix which tag was the first that was not finite, once, and again after `forget`."""

    def __init__(self) -> None:
        self._sentences: dict[str, str] = {}
        self._said: set[str] = set()

    def news(self, tags: Iterable[str], numbers: Sequence[float], step: int, prefix: str) -> str:
        """The sentence about these numbers or earlier ones; empty if there is none to be said."""
        if prefix in self._said:
            return ""
        if prefix not in self._sentences:
            if all(map(math.isfinite, numbers)):
                return ""
            broken = next(tag for tag, number in zip(tags, numbers, strict=True) if not math.isfinite(number))
            self._sentences[prefix] = f"`{broken}` was not finite for the first time at step {step}."
        self._said.add(prefix)
        return self._sentences[prefix]

    def forget(self) -> None:
        self._said.clear()
