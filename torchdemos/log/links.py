"""Addresses that open TensorBoard on the picture that matters: only an address can pin cards."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from torchdemos.log.cards import Pin

DEEPEST = 3  # folders above a run's own that TensorBoard may be opened on
NEURONS = "#torchdemos"  # the Neurons tab
VARIANT = r"regex:^((?:.*/)?\d+(?=[._][^/]*$)|(?!\.$).*)"  # one colour for `0_vanish` and `0.theory`, none for the root


def first_view(pins: Sequence[Pin], names: Sequence[str] = ("",), tab: str = "timeseries") -> str:
    """The end of an address that opens `tab` with these cards pinned in Time Series, and smoothing off.

    A pin is (plugin, tag, run); run None pins the chart of all runs, which only scalars have; run "." is
    the folder of the runs itself. `names` are the ways that TensorBoard may call that folder, "" if it was opened
    on it: each card is pinned under every name, for TensorBoard ignores the pins of runs that it does not know.
    A name other than "" hides all other runs, and a run shares its colour with its theory.
    """
    cards = []
    for plugin, tag, run in pins:
        homes = [""] if run is None else names
        cards += [{"plugin": plugin, "tag": tag, **_run(home, run, plugin)} for home in homes]
    pinned = quote(json.dumps(cards, separators=(",", ":")), safe=",:/")
    shown = "" if list(names) == [""] else f"&runFilter={quote(_runs_of(names), safe='/')}"
    return f"?pinnedCards={pinned}&smoothing=0&runColorGroup={quote(VARIANT)}{shown}#{tab}"


def names(folder: Path) -> list[str]:
    """What TensorBoard calls a run's folder where it is opened on that, or on one above: "", "<stamp>",
    "<demo>/<stamp>" and so on."""
    parts = folder.resolve().parts[1:]
    return ["/".join(parts[len(parts) - depth :]) for depth in range(min(DEEPEST, len(parts)) + 1)]


def pictures(tag: str) -> str:
    """The end of an address that opens the Images tab on one tag, all runs side by side, as tall as they are."""
    return f"#images&tagFilter={quote(tag)}"


def custom_scalars() -> str:
    """The end of an address that opens the Custom Scalars tab without smoothing."""
    return "#custom_scalars&_smoothingWeight=0"


def _run(home: str, run: str | None, plugin: str) -> dict[str, str | int]:
    """TensorBoard ignores a bare run name without a word, and a sample's number with anything but images."""
    if run is None:
        return {}
    inside = run if not home else home if run == "." else f"{home}/{run}"
    return {"runId": f"defaultExperimentId/{inside}"} | ({"sample": 0} if plugin == "images" else {})


def _runs_of(names: Sequence[str]) -> str:
    """A pattern for the folder's own run and its variants, and no deeper: another demo may have the same name."""
    own = [f"{re.escape(name)}(?:/[^/]*)?" if name else r"\.|\d+[._][^/]*" for name in names]
    return f"^(?:{'|'.join(own)})$"
