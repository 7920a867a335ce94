"""One exhibit as a part of the page: words become HTML, charts and pictures become data for `web/report.js`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

from torchdemos.log import plain
from torchdemos.view import markdown, remarks
from torchdemos.view.answers import pages
from torchdemos.view.markdown import inline
from torchdemos.view.reporting import findings, made, networks, notes
from torchdemos.view.reporting.charts import FOLDER, Charts, Group, heading
from torchdemos.view.reporting.exhibits import Exhibit
from torchdemos.view.reporting.pictures import Pictures, TagAndRun

Made = TypeVar("Made")
MAX_SNAPSHOT_BYTES, MAX_DATA_BYTES = 1_900_000, 2_500_000  # of all exhibits; the data include the snapshots
CLAIM_COLUMNS = ("claim", "source", "predicted", "measured", "difference", "agrees")
OVERVIEW = "1_overview"
OPEN_GROUPS = 3  # groups of charts that need no click
MANY_RUNS = 8  # beyond which that is only the first, because each run may have charts of its own in the others
NO_FINDINGS = "Nothing alarming: no rule of the diagnosis fired at the last look. That is no proof of health."


class Section:
    """Writing the HTML fills `data`: each place on the page names the kind and the number of what is drawn there.

    `count` sections share the size of the page.
    """

    def __init__(self, exhibit: Exhibit, count: int = 1) -> None:
        self._exhibit = exhibit
        self.name = exhibit.name
        self._remarks = [*remarks.of(exhibit.runs), *map(remarks.unread, exhibit.unread)]
        folder = exhibit.name.rpartition("/")[2] if [*exhibit.runs] == ["."] else FOLDER
        neurons, omissions = networks.neurons(exhibit.runs, MAX_SNAPSHOT_BYTES // count, folder)
        self.data: dict[str, list[Any]] = {"charts": [], "cards": [], "neurons": neurons}
        self.data["gradients"] = self._tried("Gradient flow", lambda: networks.gradients(exhibit.runs, folder), [])
        self.data["answers"] = self._tried("The answer", lambda: _answers(exhibit), [])
        self._charts = Charts(exhibit.runs, folder)
        pinned = [] if self.data["answers"] else exhibit.pins
        self._pinned: list[TagAndRun] = [(tag, run) for plugin, tag, run in pinned if plugin == "images" and run]
        self._pinned_charts = [tag for plugin, tag, _ in pinned if plugin == "scalars"]
        self._pictures = Pictures(exhibit.runs, self._pinned, MAX_DATA_BYTES // count - len(plain.packed(self.data)))
        self._omissions = omissions + self._pictures.omissions

    @property
    def question(self) -> str:
        """What the answer is an answer to."""
        return str(self.data["answers"][0]["page"]["question"]) if self.data["answers"] else self._exhibit.question

    @property
    def rank(self) -> int:
        """The five questions come first, in their order; watched models and other runs come last."""
        return pages.rank("" if self._exhibit.watched else self.question)

    def html(self, place: str, level: int) -> str:
        """From top to bottom: the question, its answer, then everything else."""
        answer = self._answer if self.data["answers"] else self._older_answer
        top = self._tried("The answer", lambda: answer(level), f"<h{level}>{escape(self.name)}</h{level}>")
        parts = [
            self._part("Predicted and measured", self._claims),
            self._part("Diagnosis", self._diagnosis),
            self._part("Neuron by neuron", lambda: self._view("neurons")),
            self._part("Gradient flow", lambda: self._view("gradients")),
            self._part("Pictures", self._other_pictures),
            self._part("Charts", self._chart_groups),
            self._part("The runs", self._runs),
            self._part("Notes", self._notes),
            self._part("How it was made", lambda: made.of(self._exhibit, self._omissions)),
        ]
        said = "".join(f'<p class="problem">{escape(words)}</p>' for words in self._remarks)
        return f'<section class="exhibit" id="{place}">{top}{said}{"".join(parts)}</section>'

    def _part(self, title: str, make: Callable[[], str]) -> str:
        body = self._tried(title, make, "")
        return f"<section><h3>{title}</h3>{body}</section>" if body else ""

    def _tried(self, what: str, make: Callable[[], Made], otherwise: Made) -> Made:
        """A part of the page; one that cannot be drawn is named, and costs no other."""
        try:
            return make()
        except Exception as error:
            self._remarks.append(remarks.broken(what, error))
            return otherwise

    def _answer(self, level: int) -> str:
        """The Answer view, and until it is drawn, or where no script runs, its words."""
        words = "".join(
            f'<h{level}>{inline(page["question"])}</h{level}><p class="said">{inline(page["answer"])}</p>'
            for page in (answer["page"] for answer in self.data["answers"])
        )
        return f'<div data-view="answer"><article class="answer">{words}</article></div>'

    def _older_answer(self, level: int) -> str:
        """The question, the verdict and the pinned cards of a log without a page for the Answer view."""
        heading = f"<h{level}>{inline(self._exhibit.question)}</h{level}>"
        return heading + self._verdict() + self._pinned_cards()

    def _diagnosis(self) -> str:
        """The answer about a watched model begins with its findings."""
        told = self._exhibit.watched and self.data["answers"]
        return "" if told else markdown.html(findings.of(self._exhibit), 4)

    def _verdict(self) -> str:
        verdict = self._exhibit.result.get("verdict")
        if isinstance(verdict, str):
            return f'<p class="verdict">{inline(verdict)}</p>'
        silent = self._exhibit.watched and not findings.of(self._exhibit)
        return f'<p class="verdict">{NO_FINDINGS}</p>' if silent else ""

    def _pinned_cards(self) -> str:
        """The cards that are pinned in TensorBoard too, in the same order."""
        shown = [self._pin(*pin) for pin in self._exhibit.pins]
        return f'<div class="grid glance">{"".join(shown)}</div>' if any(shown) else ""

    def _pin(self, plugin: str, tag: str, run: str | None) -> str:
        if plugin == "scalars":
            return self._places("charts", [_full_title(chart) for chart in self._charts.of_tag(tag, run)])
        if plugin == "images" and run and self._pictures.has(tag, run):
            return self._places("cards", [self._pictures.card(tag, [run])])
        return ""

    def _claims(self) -> str:
        claims = self._exhibit.result.get("claims")
        rows = [claim for claim in claims if isinstance(claim, Mapping)] if isinstance(claims, list) else []
        if not rows:
            return ""
        agreeing = sum(row.get("agrees") == "yes" for row in rows)
        summary = f"{agreeing} of {len(rows)} predictions agree with what was measured."
        cells = [[_emphasized(str(row.get(name, ""))) for name in CLAIM_COLUMNS] for row in rows]
        return f'<p class="held">{summary}</p><div class="claims">{markdown.table(CLAIM_COLUMNS, cells)}</div>'

    def _view(self, name: str) -> str:
        return f'<div data-view="{name}"></div>' if self.data[name] else ""

    def _other_pictures(self) -> str:
        cards = self._places("cards", self._pictures.cards(self._pinned))
        return f'<div class="grid">{cards}</div>' if cards else ""

    def _chart_groups(self) -> str:
        groups = self._charts.groups(self._pinned_charts)
        self._omissions += [f"the charts of {self._charts.omitted:,} tags"] if self._charts.omitted else []
        count = 1 if len(self._exhibit.measured) > MANY_RUNS else OPEN_GROUPS
        return "".join(self._group(group, i < count) for i, group in enumerate(groups))

    def _group(self, group: Group, is_open: bool) -> str:
        """A description that all charts of the group share stands above them once."""
        descriptions = {chart["about"] for chart in group.charts}
        shared = descriptions.pop() if len(descriptions) == 1 and len(group.charts) > 1 else ""
        charts = [{**chart, "about": ""} for chart in group.charts] if shared else group.charts
        about = f'<p class="about">{escape(shared)}</p>' if shared else ""
        grid = f'<div class="grid">{about}{self._places("charts", charts)}</div>'
        return f"<details{' open' * is_open}><summary>{escape(group.title)}</summary>{grid}</details>"

    def _runs(self) -> str:
        """What each run is, and the numbers with which it ended."""
        words = markdown.sections(self._exhibit.texts.get("README", "")).get("The runs", "")
        head, rows = self._charts.numbers()
        return markdown.html(words, 4) + (markdown.table(head, rows) if rows else "")

    def _notes(self) -> str:
        """Every other text, folded."""
        folded, omissions = notes.of(self._exhibit)
        self._omissions += omissions
        return folded

    def _places(self, kind: str, drawn: Iterable[Mapping[str, Any]]) -> str:
        """A place for each chart or card."""
        places: Sequence[int] = [self._add(kind, one) for one in drawn]
        return "".join(f'<div data-{kind}="{place}"></div>' for place in places)

    def _add(self, kind: str, drawn: Mapping[str, Any]) -> int:
        self.data[kind].append(drawn)
        return len(self.data[kind]) - 1


def _answers(exhibit: Exhibit) -> list[dict[str, Any]]:
    """The pages of this exhibit: the one that its demo logged, or one of each watched model."""
    log = pages.Log(exhibit.name.rpartition("/")[2], exhibit.runs, exhibit.runs.__getitem__)
    found = [(entry, pages.page(log, entry["run"], entry["prefix"])) for entry in pages.entries(log)]
    return [
        {"entry": entry, "page": page}
        for entry, page in found
        if page["hero"] or (entry["run"] and exhibit.runs[entry["run"]].answer)
    ]


def _full_title(chart: Mapping[str, Any]) -> Mapping[str, Any]:
    """The title with the chart's group, for a chart among others: "Gradient norm summary: total"."""
    group = chart["tag"].rpartition("/")[0]
    return chart if group in ("", OVERVIEW) else {**chart, "title": f"{heading(group)}: {chart['title']}"}


def _emphasized(cell: str) -> str:
    return {"yes": "yes", "NO": "**NO**"}.get(cell, cell)
