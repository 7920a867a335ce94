"""Addresses that open TensorBoard on the picture that matters: only an address can pin cards."""

import json
from collections.abc import Sequence
from urllib.parse import quote

Pin = tuple[str, str, str | None]


def first_view(pins: Sequence[Pin], folder: str = "", tab: str = "timeseries") -> str:
    """The end of an address that opens `tab` with these cards pinned in Time Series, and smoothing off.

    A pin is (plugin, tag, run); run None pins the chart of all runs, which only scalars have.
    `folder` leads from TensorBoard's log folder to the one that holds the runs; empty if it is that one.
    """
    cards = [{"plugin": plugin, "tag": tag, **_run(folder, run)} for plugin, tag, run in pins]
    return f"?pinnedCards={quote(json.dumps(cards, separators=(',', ':')), safe=',:/')}&smoothing=0#{tab}"


def pictures(tag: str) -> str:
    """The end of an address that opens the Images tab on one tag, all runs side by side, as tall as they are."""
    return f"#images&tagFilter={quote(tag)}"


def _run(folder: str, run: str | None) -> dict[str, str | int]:
    """TensorBoard ignores a bare run name without a word."""
    inside = f"{folder}/{run}" if folder else run
    return {} if run is None else {"runId": f"defaultExperimentId/{inside}", "sample": 0}
