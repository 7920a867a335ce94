"""Ends of addresses that open TensorBoard on the picture that matters. Only an address can pin cards."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from torchdemos.log.cards import Pin
from torchdemos.log.plugin import PLUGIN

MAX_FOLDERS_ABOVE = 3  # TensorBoard may be opened on a folder so far above the run's own
ANSWERS = f"#{PLUGIN}"  # the tab of this package, which begins with the answers
TIME_SERIES = "#timeseries"
# One for `0_vanish` and `0.theory`. A run without a group would be pale grey.
COLOUR_GROUPS = r"regex:^((?:.*/)?\d+(?=[._][^/]*$)|.*)"


def first_view(pins: Sequence[Pin], names: Sequence[str] = ("",)) -> str:
    """The end of an address that opens Time Series with these cards pinned, and smoothing off.

    `names` are the names that TensorBoard may give the folder of the runs, "" when it is opened on that folder. Each
    card is pinned under every name, because TensorBoard ignores pins of runs that it does not know. Any name but ""
    hides all other runs. A run shares its colour with its theory.
    """
    cards = []
    for plugin, tag, run in pins:
        homes = [""] if run is None else names
        cards += [{"plugin": plugin, "tag": tag, **_run(home, run, plugin)} for home in homes]
    pinned = quote(json.dumps(cards, separators=(",", ":")), safe=",:/")
    shown = "" if list(names) == [""] else f"&runFilter={quote(_runs_of(names), safe='/', errors='replace')}"
    return f"?pinnedCards={pinned}&smoothing=0&runColorGroup={quote(COLOUR_GROUPS)}{shown}{TIME_SERIES}"


def names(folder: Path) -> list[str]:
    """The names that TensorBoard may give a run's folder: "" when opened on that folder itself, "<stamp>" on the
    folder above, "<demo>/<stamp>" on the next, and so on."""
    parts = folder.resolve().parts[1:]
    return ["/".join(parts[len(parts) - depth :]) for depth in range(min(MAX_FOLDERS_ABOVE, len(parts)) + 1)]


def pictures(tag: str) -> str:
    """The end of an address that opens the Images tab on one tag, with all runs side by side in full height."""
    return f"#images&tagFilter={quote(tag)}"


def custom_scalars() -> str:
    """The end of an address that opens the Custom Scalars tab without smoothing."""
    return "#custom_scalars&_smoothingWeight=0"


def _run(home: str, run: str | None, plugin: str) -> dict[str, str | int]:
    """TensorBoard silently ignores a run without its experiment, and a card with a sample unless it is an image."""
    if run is None:
        return {}
    inside = run if not home else home if run == "." else f"{home}/{run}"
    return {"runId": f"defaultExperimentId/{inside}"} | ({"sample": 0} if plugin == "images" else {})


def _runs_of(names: Sequence[str]) -> str:
    """A pattern for the folder's own run and its variants. It goes no deeper: another demo may have the same name."""
    own = [f"{re.escape(name)}(?:/[^/]*)?" if name else r"\.|\d+[._][^/]*" for name in names]
    return f"^(?:{'|'.join(own)})$"
