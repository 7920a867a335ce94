"""The pages that greet whoever opens a run in TensorBoard: README, and RESULT once the run has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

from torchdemos.board import Board
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.common_flags import Config
from torchdemos.log import cards, links

Run = tuple[str, str]
"""The name of a run, and what it is."""


class Entry(NamedTuple):
    """A line of the README: a title, what one sees there, and the link that leads there."""

    title: str
    caption: str
    link: str


def pinned_cards(board: Board, pins: Sequence[cards.Pin], caption: str) -> Entry:
    """The link to the pinned cards, which works on whichever folder TensorBoard is opened."""
    return Entry("The answer at a glance", caption, links.first_view(pins, links.names(board.folder)))


def write(board: Board, entries: Sequence[Entry], runs: Sequence[Run], source: str, config: Config) -> None:
    """Write the README into the Text tab: the question, where to look, what each run is, how the log was made."""
    given = {name: value for name, value in asdict(config).items() if value is not None and value is not False}
    settings = ", ".join(f"{name} {value}" for name, value in given.items())
    page = "\n\n".join(
        [
            f"# {config.question}",
            "## Look here\n\n" + "\n".join(f"* [**{title}**]({link}): {caption}" for title, caption, link in entries),
            "## The runs\n\n|run|what it is|\n|---|---|\n" + "\n".join(f"|{name}|{what}|" for name, what in runs),
            f"## How it was made\n\nData: {source}.\n\nSettings: {settings}.",
            "Every chart has a description behind its (i) in the Scalars, Images and Histograms tabs. While a run is "
            "going on, press the reload arrow at the top right, or switch on automatic reload in the settings. "
            "`torchdemos report` writes the run as one HTML file.",
        ]
    )
    board.log(0, texts={"README": page})


def write_contents(board: Board, demos: Mapping[str, tuple[str, Sequence[cards.Pin]]]) -> None:
    """Write the first page of a folder that holds several demos: the question of each, and a link to its answer."""
    rows = []
    for name, (question, pins) in demos.items():
        answer = links.first_view(pins, links.names(board.folder / name)[1:])
        rows.append(f"|`{name}`|[{question}]({answer})|")
    page = "# Five questions about neural networks\n\n|runs|question|\n|---|---|\n" + "\n".join(rows)
    board.log(0, texts={"README": f"{page}\n\nEach demo has a README of its own in this tab: `<demo>`, tag README."})


def write_result(board: Board, answers: Mapping[str, Answer]) -> None:
    """Write the end of the run into the Text tab: the verdict, measured against predicted, the diagnosis."""
    many, parts = len(answers) > 1, []
    for name, answer in answers.items():
        found = [f"* {where}: **{finding.kind}**. {finding.message}" for where, finding in answer.findings.items()]
        parts += [f"## {name}"] if many else []
        parts += [f"**{answer.verdict}**", _table(answer)]
        parts += ["### Diagnosis\n\n" + "\n".join(found)] if found else []
    board.log(0, texts={"RESULT": "\n\n".join(parts)})


def _table(answer: Answer) -> str:
    rows = [
        f"|{c.name}|{c.source}|{c.prediction}|{c.measured:.5g}|{'yes' if c.holds else '**NO**'}|" for c in answer.claims
    ]
    return "|claim|source|predicted|measured|agrees|\n|---|---|---|---|---|\n" + "\n".join(rows)
