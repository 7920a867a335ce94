"""Which calls of a layer share a curve.

A layer with parameters has one curve, however often a step calls it: time steps, batches and branches count together.
A layer without parameters has one for each layer that feeds it, and is named after it if there are several.
"""

import re
from collections import defaultdict

from torchdemos.hooks import Tape

MAX_CALLS_APART = 20  # calls of one layer in one pass that have curves of their own, where they are asked for


class Curves:
    """Names the curves of all calls on a tape; what a call is named once it is named in every later look.

    With `by_call` every call of a layer in one pass of the whole model has a curve of its own: `fc`, `fc#2`, ...
    """

    def __init__(self, by_call: bool) -> None:
        self._by_call = by_call
        self._names: dict[tuple[str, str], str] = {}  # by layer and what feeds it

    def of_keys(self, tape: Tape) -> dict[str, str]:
        """The curve that each of the tape's keys belongs to."""
        if self._by_call:
            return {key: _late_calls_together(in_pass) for key, in_pass in tape.in_pass.items()}
        self._name_new(tape)
        return {key: self._names[layer, tape.fed_by[key]] + _place(key, layer) for key, layer in tape.layers.items()}

    def _name_new(self, tape: Tape) -> None:
        new = defaultdict[str, list[str]](list)
        for key, layer in tape.layers.items():
            if (layer, tape.fed_by[key]) not in self._names and tape.fed_by[key] not in new[layer]:
                new[layer].append(tape.fed_by[key])
        known = {layer for layer, _ in self._names}
        for layer, sources in new.items():
            alone = layer not in known and len(sources) == 1
            for source in sources:
                named_after = alone or source in ("", layer)
                self._names[layer, source] = layer if named_after else f"{layer} after {source}"


def _place(key: str, layer: str) -> str:
    """The place in a nested output: `[0]` of `lstm#2[0]`."""
    return re.sub(r"^#\d+", "", key[len(layer) :]) if key != layer else ""


def _late_calls_together(key: str) -> str:
    """A layer that is called a hundred times in a pass would have a hundred curves."""
    if "#" not in key:
        return key
    return re.sub(r"#(\d+)", lambda call: call[0] if int(call[1]) <= MAX_CALLS_APART else "#later", key)
