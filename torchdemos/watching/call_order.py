"""The order in which a model calls its layers, which no single look tells if some calls skip layers."""

from collections.abc import Sequence


class CallOrder:
    """Merges the orders of all looks so far; where two disagree, the later one counts."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def add(self, called: Sequence[str]) -> None:
        """Add a look, in which these keys were called in this order."""
        places = {key: place for place, key in enumerate(self.keys)}
        known = [key for key in called if key in places]
        for place, key in zip(sorted(places[key] for key in known), known, strict=True):
            self.keys[place] = key
        if len(known) < len(called):
            self._insert_new(called, set(known))

    def _insert_new(self, called: Sequence[str], known: set[str]) -> None:
        """Put each new key behind the one that was called before it; the first before the next that is known."""
        following = next((key for key in called if key in known), None)
        place = len(self.keys) if following is None else self.keys.index(following)
        for key in called:
            if key in known:
                place = self.keys.index(key)
            else:
                self.keys.insert(place, key)
            place += 1
