"""The cards that a log has TensorBoard show: pinned ones in Time Series, charts in Custom Scalars."""

from collections.abc import Mapping, Sequence

Pin = tuple[str, str, str | None]
"""(plugin, tag, run). Run None pins the chart of all runs, which only scalars have; run "." is the run's own folder."""

Chart = Sequence[str] | tuple[str, str, str]
"""A list of tags is one chart with all their lines; a tuple (value, lower, upper) is a line inside a band."""

Charts = Mapping[str, Chart]
"""Charts by title."""
