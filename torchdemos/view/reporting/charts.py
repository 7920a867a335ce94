"""The scalars of a run as charts, for `web/chart.js` to draw: at most seven lines each."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torchdemos.view import profiles
from torchdemos.view.events import Run, descriptions, thinned

LINES, POINTS = 7, 300
WIDE = 1000  # the largest value over the smallest from which a logarithmic axis shows more
COLOURS = ("var(--ink)", "#d55e00", "#0072b2", "#009e73", "#e69f00", "#56b4e9", "#cc79a7")  # colours.js: LINES
DEPTH = ("#453581", "#2d708e", "#21918c", "#35b779", "#73c04f", "#b5c02a", "#e0b020")  # from the input to the loss
WORDS = {"grad": "gradient", "log10": "(log10)", "std": "standard deviation", "abs": "absolute"}
Series = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Group:
    """Charts whose tags begin alike, under one heading."""

    title: str
    charts: Sequence[Mapping[str, Any]]


class Charts:
    """Makes charts of the runs of one exhibit, every run in one colour throughout."""

    def __init__(self, runs: Mapping[str, Run]) -> None:
        names = sorted(runs, key=lambda name: (profiles.is_theory(name), name))
        self._runs = {name: runs[name].scalars for name in names}
        self._about = descriptions(runs.values())
        self._colours = _colours([name for name, tags in self._runs.items() if tags and name != "."])

    def of_tag(self, tag: str, run: str | None = None) -> list[dict[str, Any]]:
        """One tag, a line for each run that has it, or for the given one; more charts if there are more than seven."""
        names = [name for name, tags in self._runs.items() if tag in tags and run in (None, name)]
        charts = -(-len(names) // LINES)
        return [self._across_runs(tag, _part(names, i, charts)) for i in range(charts)]

    def groups(self, without: Sequence[str] = ()) -> list[Group]:
        """All tags with more than one value, grouped by what precedes the last slash."""
        found: dict[str, list[str]] = {}
        for tag in sorted({tag for tags in self._runs.values() for tag in tags} - set(without)):
            if any(len(tags.get(tag, ())) > 1 for tags in self._runs.values()):
                found.setdefault(tag.rpartition("/")[0], []).append(tag)
        return [Group(heading(name), self._group(tags)) for name, tags in found.items()]

    def numbers(self) -> tuple[list[str], list[list[str]]]:
        """Tags that have one value in each run, as a table: its head, and a row for each run."""
        tags = sorted({tag for found in self._runs.values() for tag in found})
        single = [tag for tag in tags if all(len(found.get(tag, ())) <= 1 for found in self._runs.values())]
        rows = [[said(name), *(_short(found.get(tag)) for tag in single)] for name, found in self._runs.items()]
        return ["run", *(tag.rpartition("/")[2].replace("_", " ") for tag in single)], [r for r in rows if any(r[1:])]

    def _group(self, tags: Sequence[str]) -> list[dict[str, Any]]:
        layers = len(tags) > 1 and all(re.match(r"\d{2,}_", tag.rpartition("/")[2]) for tag in tags)
        if not layers and len(tags) < LINES:
            return [chart for tag in tags for chart in self.of_tag(tag)]
        return [self._across_tags(name, tags) for name, found in self._runs.items() if set(tags) & found.keys()]

    def _across_runs(self, tag: str, names: Sequence[str]) -> dict[str, Any]:
        lines = [
            {"name": said(name), "points": self._runs[name][tag], "colour": self._colours.get(name, COLOURS[0])}
            | ({"dashed": True} if profiles.is_theory(name) else {})
            for name in names
        ]
        return self._chart(tag.rpartition("/")[2].replace("_", " "), tag, lines)

    def _across_tags(self, name: str, tags: Sequence[str]) -> dict[str, Any]:
        there = [tag for tag in tags if tag in self._runs[name]]
        shown = thinned(there, LINES)
        lines = [
            {"name": tag.rpartition("/")[2], "points": self._runs[name][tag], "colour": colour}
            for tag, colour in zip(shown, thinned(DEPTH, max(len(shown), 2)), strict=False)
        ]
        few = f" ({len(shown)} of {len(there)})" if len(shown) < len(there) else ""
        return self._chart((said(name)) + few, there[0], lines)

    def _chart(self, title: str, tag: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
        about = self._about.get(tag, "").replace("`", "")
        axis = re.search(r"[Tt]he axis is (?:the )?([^,:;.]+)", about)
        values = [value for line in lines for _, value in line["points"] if math.isfinite(value)]
        wide = "log10" not in tag and min(values, default=0) > 0 and max(values) > WIDE * min(values)
        series = [line | {"points": _points(line["points"])} for line in lines]
        return {
            "title": title, "about": about, "tag": tag, "series": series,
            "x": {"label": axis[1] if axis else "step"}, "y": {"label": "", "log": wide},
        }  # fmt: skip


def said(run: str) -> str:
    """TensorBoard calls the folder itself a dot."""
    return "this run" if run == "." else run


def heading(group: str) -> str:
    """`2_grad_norm_log10` as words."""
    words = re.sub(r"^\d+_", "", group).replace("/", " / ").split("_")
    return " ".join(WORDS.get(word, word) for word in words).strip().capitalize() or "Charts"


def _colours(names: Sequence[str]) -> dict[str, str]:
    """A prediction has the colour of the run that it predicts."""
    measured = [name for name in names if not profiles.is_theory(name)]
    colours = {name: COLOURS[i % LINES] for i, name in enumerate(measured)}
    return colours | {
        theory: colours[name] for name in measured if (theory := profiles.theory_of(name, names)) is not None
    }


def _part(names: Sequence[str], part: int, parts: int) -> Sequence[str]:
    return names[part * len(names) // parts : (part + 1) * len(names) // parts]


def _points(series: Series) -> list[list[float | None]]:
    """Few enough for a page, and short; JSON has no NaN."""
    return [[step, float(f"{y:.5g}") if math.isfinite(y) else None] for step, y in thinned(series, POINTS)]


def _short(series: Series | None) -> str:
    return f"{series[0][1]:.4g}" if series else ""
