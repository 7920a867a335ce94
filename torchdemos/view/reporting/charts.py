"""The scalars of an exhibit as charts of at most seven lines, for `web/chart.js` to draw."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torchdemos.log import colours
from torchdemos.log.answers import short
from torchdemos.log.call_order import by_call
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun, descriptions
from torchdemos.view.profiles import Points
from torchdemos.view.thinning import evenly_spaced

MAX_LINES, MAX_POINTS = 7, 300
MAX_CHARTS = 400  # of an exhibit; those of a deep network have some forty
MAX_RESTARTS = 20  # marked in one chart
MAX_COLUMNS = 6  # of the numbers with which runs ended
OF_EACH_LAYER = re.compile(r"(?:.*_)?[2-9]_")  # the first group, `1_overview`, is of the whole network
MAX_LINEAR_RATIO = 1000  # of the largest value to the smallest; beyond it a logarithmic axis shows more
DEPTH_COLOURS = tuple(f"var(--depth-{place})" for place in range(MAX_LINES))  # from input to loss, in `chart.css`
FOLDER = "this run"  # what the folder itself is called beside its variants
SPELLED_OUT = {"grad": "gradient", "log10": "(log10)", "std": "standard deviation", "abs": "absolute"}


@dataclass(frozen=True)
class Group:
    """Charts under one heading: their tags have the same part before the last slash."""

    title: str
    charts: Sequence[Mapping[str, Any]]


class Charts:
    """Makes the charts of one exhibit. A run has the same colour in all of them."""

    def __init__(self, runs: Mapping[str, LoggedRun], folder: str = FOLDER) -> None:
        self.omitted = 0  # tags beyond what a page holds
        self._folder = folder
        names = sorted(runs, key=lambda name: (profiles.is_theory(name), name))
        self._runs = {name: runs[name].scalars for name in names}
        self._texts = {name: runs[name].texts for name in names}
        self._restarts = {name: runs[name].restarts for name in names}
        self._descriptions = descriptions(runs.values())
        self._colours = colours.of_runs(name for name, tags in self._runs.items() if tags)

    def of_tag(self, tag: str, run: str | None = None) -> list[dict[str, Any]]:
        """Charts of one tag, with a line for each run that has it, or only for the given run."""
        names = [name for name, tags in self._runs.items() if tag in tags and run in (None, name)]
        charts = math.ceil(len(names) / MAX_LINES)
        return [self._across_runs(tag, _part(names, i, charts)) for i in range(charts)]

    def groups(self, without: Sequence[str] = ()) -> list[Group]:
        """Charts of all tags with more than one value, grouped by the part before the last slash."""
        found: dict[str, list[str]] = {}
        for tag in sorted({tag for tags in self._runs.values() for tag in tags} - set(without)):
            if any(len(tags.get(tag, ())) > 1 for tags in self._runs.values()):
                found.setdefault(tag.rpartition("/")[0], []).append(tag)
        made, count = list[Group](), 0
        for name, tags in found.items():
            fitting = tags[: MAX_CHARTS - count]
            self.omitted += len(tags) - len(fitting)
            if fitting:
                made.append(Group(heading(name), self._group(fitting)))
                count += len(made[-1].charts)
        return made

    def numbers(self) -> tuple[list[str], list[list[str]]]:
        """The numbers with which each run ended, as a table: its head, and a row for each run."""
        columns = self._columns()
        rows = [
            [label(name, self._folder), *(_number(found.get(tag)) for tag in columns.values())]
            for name, found in self._runs.items()
        ]
        return ["run", *columns], [row for row in rows if any(row[1:])]

    def _columns(self) -> dict[str, str]:
        """By their headings, the tags with at most one value in every run, but for those of layers and parameters."""
        tags = sorted({tag for found in self._runs.values() for tag in found if not OF_EACH_LAYER.match(tag)})
        single = [tag for tag in tags if all(len(found.get(tag, ())) <= 1 for found in self._runs.values())]
        return dict(list({_last_part(tag): tag for tag in single}.items())[:MAX_COLUMNS])

    def _group(self, tags: Sequence[str]) -> list[dict[str, Any]]:
        layers = len(tags) > 1 and all(re.match(r"\d{2,}_", tag.rpartition("/")[2]) for tag in tags)
        if not layers and len(tags) < MAX_LINES:
            return [chart for tag in tags for chart in self.of_tag(tag)]
        return [self._across_tags(name, tags) for name, found in self._runs.items() if set(tags) & found.keys()]

    def _across_runs(self, tag: str, names: Sequence[str]) -> dict[str, Any]:
        lines = [
            {"name": label(name, self._folder), "points": self._runs[name][tag], "colour": self._colours[name]}
            | ({"dashed": True} if profiles.is_theory(name) else {})
            for name in names
        ]
        return self._chart(_last_part(tag), tag, lines, names)

    def _across_tags(self, name: str, tags: Sequence[str]) -> dict[str, Any]:
        logged = by_call([tag for tag in tags if tag in self._runs[name]], self._texts[name])
        shown = evenly_spaced(logged, MAX_LINES)
        lines = [
            {"name": tag.rpartition("/")[2], "points": self._runs[name][tag], "colour": colour}
            for tag, colour in zip(shown, evenly_spaced(DEPTH_COLOURS, max(len(shown), 2)), strict=False)
        ]
        omitted = f" ({len(shown)} of {len(logged)})" if len(shown) < len(logged) else ""
        return self._chart(label(name, self._folder) + omitted, logged[0], lines, [name])

    def _chart(self, title: str, tag: str, lines: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
        about = self._descriptions.get(tag, "").replace("`", "")
        axis = re.search(r"[Tt]he axis is (?:the )?([^,:;.]+)", about)
        values = [value for line in lines for _, value in line["points"] if math.isfinite(value)]
        wide = "log10" not in tag and min(values, default=0) > 0 and max(values) > MAX_LINEAR_RATIO * min(values)
        series = [line | {"points": _points(line["points"])} for line in lines]
        restarts = [] if axis else sorted({step for name in names for step in self._restarts[name]})
        return {
            "title": title, "about": about, "tag": tag, "series": series, "restarts": restarts[-MAX_RESTARTS:],
            "x": {"label": axis[1] if axis else "step"}, "y": {"label": "", "log": wide},
        }  # fmt: skip


def label(run: str, folder: str = FOLDER) -> str:
    """The name of a run as the reader knows it: "." is the folder itself."""
    return folder if run == "." else run


def heading(group: str) -> str:
    """A group of tags in words: "Gradient norm (log10)" for `2_grad_norm_log10`."""
    words = re.sub(r"^\d+_", "", group).replace("/", " / ").split("_")
    return " ".join(SPELLED_OUT.get(word, word) for word in words).strip().capitalize() or "Charts"


def _part(names: Sequence[str], part: int, parts: int) -> Sequence[str]:
    return names[part * len(names) // parts : (part + 1) * len(names) // parts]


def _points(points: Points) -> list[list[float | None]]:
    """Few and short numbers keep the page small; None stands for NaN and inf, which JSON does not have."""
    return [[step, short(y) if math.isfinite(y) else None] for step, y in evenly_spaced(points, MAX_POINTS)]


def _number(points: Points | None) -> str:
    return f"{points[0][1]:.4g}" if points else ""


def _last_part(tag: str) -> str:
    """`first over last` from `2_grad_norm_summary/first_over_last`."""
    return tag.rpartition("/")[2].replace("_", " ")
