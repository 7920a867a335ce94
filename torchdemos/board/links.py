"""Addresses that open TensorBoard on the picture that matters: only an address can pin cards."""

import json
from collections.abc import Sequence
from urllib.parse import quote

Pin = tuple[str, str, str | None]


def first_view(pins: Sequence[Pin], folder: str = "", tab: str = "timeseries") -> str:
    """The end of an address that opens `tab` with these cards pinned in Time Series, and smoothing off.

    A pin is (plugin, tag, run); run None pins the chart of all runs, which only scalars have; run "." is
    the folder itself.
    `folder` leads from TensorBoard's log folder to the one that holds the runs; empty if it is that one.
    """
    cards = [{"plugin": plugin, "tag": tag, **_run(folder, run, plugin)} for plugin, tag, run in pins]
    return f"?pinnedCards={quote(json.dumps(cards, separators=(',', ':')), safe=',:/')}&smoothing=0#{tab}"


def pictures(tag: str) -> str:
    """The end of an address that opens the Images tab on one tag, all runs side by side, as tall as they are."""
    return f"#images&tagFilter={quote(tag)}"


def custom_scalars() -> str:
    """The end of an address that opens the Custom Scalars tab without smoothing."""
    return "#custom_scalars&_smoothingWeight=0"


def _run(folder: str, run: str | None, plugin: str) -> dict[str, str | int]:
    """TensorBoard ignores a bare run name without a word, and a sample's number with anything but images."""
    if run is None:
        return {}
    inside = run if not folder else folder if run == "." else f"{folder}/{run}"
    return {"runId": f"defaultExperimentId/{inside}"} | ({"sample": 0} if plugin == "images" else {})
