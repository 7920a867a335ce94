"""One exhibit as a part of the page: its words as HTML, its charts and pictures as data for `web/report.js`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from torchdemos.view.reporting import findings, markdown, networks
from torchdemos.view.reporting.charts import Charts, Group, heading
from torchdemos.view.reporting.exhibits import Exhibit
from torchdemos.view.reporting.markdown import inline
from torchdemos.view.reporting.pictures import Key, Pictures

NEURONS, WHOLE = 1_900_000, 2_500_000  # bytes of one exhibit: its snapshots, and all that is drawn
CLAIM = ("claim", "source", "predicted", "measured", "difference", "agrees")
OVERVIEW = "1_overview"
OPEN = 3  # groups of charts that need no click
SILENT = "Nothing alarming: no rule of the diagnosis fired at the last look. That is no proof of health."


class Section:
    """Fills `data` while it writes: a place on the page names the kind and the number of what is drawn there."""

    def __init__(self, exhibit: Exhibit, place: str) -> None:
        self._exhibit, self._place = exhibit, place
        neurons, lost = networks.neurons(exhibit.runs, NEURONS)
        self.data: dict[str, list[Any]] = {"charts": [], "cards": [], "neurons": neurons}
        self.data["gradients"] = networks.gradients(exhibit.runs)
        self._charts = Charts(exhibit.runs)
        self._pinned: list[Key] = [(tag, run) for plugin, tag, run in exhibit.pins if plugin == "images" and run]
        budget = WHOLE - len(json.dumps(self.data))
        self._pictures = Pictures(exhibit.runs, self._pinned, budget)
        self._left_out = lost + self._pictures.left_out

    def html(self, level: int) -> str:
        """Top to bottom: what is asked, what came out, what to look at; then everything else."""
        exhibit = self._exhibit
        parts = [
            f"<h{level}>{inline(exhibit.question)}</h{level}>",
            self._verdict(),
            self._glance(),
            self._part("Predicted and measured", self._claims()),
            self._part("Diagnosis", markdown.html(findings.of(exhibit), 4)),
            self._part("Neuron by neuron", self._view("neurons")),
            self._part("Gradient flow", self._view("gradients")),
            self._part("Pictures", self._rest()),
            self._part("Charts", self._groups()),
            self._part("The runs", self._runs()),
            self._part("Notes", self._notes()),
            self._part("How it was made", self._made()),
        ]
        return f'<section class="exhibit" id="{self._place}">{"".join(parts)}</section>'

    def _part(self, title: str, body: str) -> str:
        return f"<section><h3>{title}</h3>{body}</section>" if body else ""

    def _verdict(self) -> str:
        verdict = self._exhibit.result.get("verdict")
        if isinstance(verdict, str):
            return f'<p class="verdict">{inline(verdict)}</p>'
        return f'<p class="verdict">{SILENT}</p>' if self._exhibit.watched and not findings.of(self._exhibit) else ""

    def _glance(self) -> str:
        """What is pinned in TensorBoard, in the same order."""
        shown = [self._pin(*pin) for pin in self._exhibit.pins]
        return f'<div class="grid glance">{"".join(shown)}</div>' if any(shown) else ""

    def _pin(self, plugin: str, tag: str, run: str | None) -> str:
        if plugin == "scalars":
            return self._all("charts", [_full_title(chart) for chart in self._charts.of_tag(tag, run)])
        if plugin == "images" and run and self._pictures.has(tag, run):
            return self._all("cards", [self._pictures.card(tag, [run])])
        return ""

    def _claims(self) -> str:
        claims = self._exhibit.result.get("claims")
        rows = [claim for claim in claims if isinstance(claim, Mapping)] if isinstance(claims, list) else []
        if not rows:
            return ""
        held = sum(row.get("agrees") == "yes" for row in rows)
        sure = f"{held} of {len(rows)} predictions agree with what was measured."
        table = markdown.table(CLAIM, [[_mark(str(row.get(name, ""))) for name in CLAIM] for row in rows])
        return f'<p class="held">{sure}</p><div class="claims">{table}</div>'

    def _view(self, name: str) -> str:
        return f'<div data-view="{name}"></div>' if self.data[name] else ""

    def _rest(self) -> str:
        cards = self._all("cards", self._pictures.cards(self._pinned))
        return f'<div class="grid">{cards}</div>' if cards else ""

    def _groups(self) -> str:
        pinned = [tag for plugin, tag, _ in self._exhibit.pins if plugin == "scalars"]
        return "".join(self._group(group, i < OPEN) for i, group in enumerate(self._charts.groups(pinned)))

    def _group(self, group: Group, is_open: bool) -> str:
        """What all charts of a group say is said once."""
        said = {chart["about"] for chart in group.charts}
        shared = said.pop() if len(said) == 1 and len(group.charts) > 1 else ""
        charts = [{**chart, "about": ""} for chart in group.charts] if shared else group.charts
        about = f'<p class="about">{escape(shared)}</p>' if shared else ""
        grid = f'<div class="grid">{about}{self._all("charts", charts)}</div>'
        return f"<details{' open' * is_open}><summary>{escape(group.title)}</summary>{grid}</details>"

    def _runs(self) -> str:
        """What each run is, and the numbers that it ended with."""
        words = markdown.sections(self._exhibit.texts.get("README", "")).get("The runs", "")
        head, rows = self._charts.numbers()
        return markdown.html(words, 4) + (markdown.table(head, rows) if rows else "")

    def _notes(self) -> str:
        """Every other text, folded."""
        texts = [(f"{name}: {tag}".removeprefix(".: "), words) for name, run in self._exhibit.runs.items()
                 for tag, words in run.texts.items() if tag not in ("README", "RESULT")]  # fmt: skip
        return "".join(
            f"<details><summary>{escape(title)}</summary>{markdown.html(words, 4)}</details>" for title, words in texts
        )

    def _made(self) -> str:
        note, data = self._exhibit.note, self._exhibit.result.get("data")
        config = note.get("config")
        given = config if isinstance(config, Mapping) else {}
        told = [f"{name.replace('_', ' ')} {value}" for name, value in given.items() if _tells(name, value)]
        settings = ", ".join(told)
        lines = [f"Log folder: `{self._exhibit.name}`."]
        lines += [f"Data: {data}."] if data else []
        lines += [f"Settings: {settings}."] if settings else []
        lines += [f"To keep this page small, left out were {'; '.join(self._left_out)}."] if self._left_out else []
        return "".join(f"<p>{inline(line)}</p>" for line in lines)

    def _all(self, kind: str, drawn: Iterable[Mapping[str, Any]]) -> str:
        """A place for each chart or card."""
        places: Sequence[int] = [self._add(kind, one) for one in drawn]
        return "".join(f'<div data-{kind}="{place}"></div>' for place in places)

    def _add(self, kind: str, drawn: Mapping[str, Any]) -> int:
        self.data[kind].append(drawn)
        return len(self.data[kind]) - 1


def _full_title(chart: Mapping[str, Any]) -> Mapping[str, Any]:
    """Among others a chart says its group too: "Gradient norm summary: total"."""
    group = chart["tag"].rpartition("/")[0]
    return chart if group in ("", OVERVIEW) else {**chart, "title": f"{heading(group)}: {chart['title']}"}


def _tells(name: str, value: object) -> bool:
    """Where the files lay is nobody else's business."""
    return value is not None and value is not False and not name.endswith("_dir")


def _mark(cell: str) -> str:
    return {"yes": "yes", "NO": "**NO**"}.get(cell, cell)
