"""What a log tells of a watched model in words, told again only where it is not as it was."""

import math
from collections.abc import Sequence
from typing import Any

from torchdemos.log import call_order, listing
from torchdemos.watching.look import Look
from torchdemos.watching.look_names import LookNames

UNKNOWN_UNITS = "Outputs of which nobody knows which dimension holds the units, so that dead units are not counted"
NO_ACTIVATION = "Layers that gave no activation"
NO_GRADIENT_REQUIRED = "Parameters that require no gradient"
NO_GRADIENT_GOT = "Parameters that train and got no gradient"


class LookTexts:
    """The texts about the layers and parameters of one model's looks: each once, until there is other news."""

    def __init__(self, names: LookNames) -> None:
        self._names = names
        self._kinds: dict[str, str] = {}
        self._rows: dict[str, int] = {}
        self.forget()

    def forget(self) -> None:
        """Nothing that was told is in the log for sure."""
        self._told_order: list[str] = []
        self._facts: tuple[Any, ...] = ()
        self._said = {  # what needs no text as long as it is so
            listing.FEEDS: "",
            listing.FROZEN: listing.sentence(NO_GRADIENT_REQUIRED, []),
            listing.WITHOUT_GRADIENT: listing.sentence(NO_GRADIENT_GOT, []),
        }
        self._unsaid: tuple[list[str], list[str]] = [], []

    def news(self, look: Look) -> dict[str, str]:
        """The texts that the log lacks, by tag."""
        return self._newly_ordered() | self._newly_listed(look) | self._newly_unsaid(look)

    def _newly_ordered(self) -> dict[str, str]:
        """A text whenever the call order is not the one that the log tells so far."""
        order = self._names.called
        told = set(self._told_order)
        if order == [*self._told_order, *(layer for layer in self._names.layers.values() if layer not in told)]:
            return {}
        self._told_order = order
        return {call_order.TAG: call_order.text(order)}

    def _newly_listed(self, look: Look) -> dict[str, str]:
        """A text whenever there is other news of layers and parameters than the log tells so far."""
        self._rows |= {key: max(rows, self._rows.get(key, 0)) for key, rows in look.rows.items()}
        facts = dict(self._rows), look.kinds, look.fed_by, look.frozen, look.without_gradient
        if facts == self._facts:
            return {}
        self._facts = facts
        self._kinds |= {self._names.layers[key]: kind for key, kind in look.kinds.items()}
        fed_by = {layer: feeders for layer, feeders in look.fed_by.items() if layer in self._names.layers}
        lists = {
            listing.KINDS: self._kinds,
            listing.ROWS: {self._names.layers[key]: str(rows) for key, rows in self._rows.items()},
            listing.FEEDS: {self._names.layers[layer]: self._listed(feeders) for layer, feeders in fed_by.items()},
        }
        texts = {tag: listing.text(entries) for tag, entries in lists.items()}
        texts[listing.FROZEN] = self._sentence(NO_GRADIENT_REQUIRED, look.frozen)
        texts[listing.WITHOUT_GRADIENT] = self._sentence(NO_GRADIENT_GOT, look.without_gradient)
        news = {tag: words for tag, words in texts.items() if words != self._said.get(tag)}
        self._said |= news
        return news

    def _listed(self, layers: Sequence[str]) -> str:
        return ", ".join(self._names.layers[layer] for layer in layers if layer in self._names.layers)

    def _sentence(self, what: str, parameters: Sequence[str]) -> str:
        return listing.sentence(what, [self._names.parameters[name] for name in parameters])

    def _newly_unsaid(self, look: Look) -> dict[str, str]:
        """A text whenever there are other layers than before of which something cannot be said."""
        unknown = [key for key, statistics in look.activations.items() if math.isnan(statistics["dead_units"])]
        if (look.silent, unknown) == self._unsaid:
            return {}
        self._unsaid = look.silent, unknown
        sentences = [listing.sentence(NO_ACTIVATION, look.silent)]
        sentences += [listing.sentence(UNKNOWN_UNITS, unknown)] if unknown else []
        return {listing.SILENT: " ".join(sentences)}
