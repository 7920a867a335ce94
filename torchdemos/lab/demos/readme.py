"""The page that greets whoever opens a run in TensorBoard."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from torchdemos.board import Board
from torchdemos.lab.demos.configs import Config
from torchdemos.lab.demos.result import Result
from torchdemos.log import cards, links

Sight = tuple[str, str, str]  # title, what one sees there, the link
Row = tuple[str, str]  # run, what it is


def glance(board: Board, pins: Sequence[cards.Pin], sees: str) -> Sight:
    """The first view of a run, on whichever folder TensorBoard is opened."""
    return "The answer at a glance", sees, links.first_view(pins, links.names(board.folder))


def write(board: Board, sights: Sequence[Sight], runs: Sequence[Row], source: str, config: Config) -> None:
    """Write the README into the run's Text tab: the question, where to look, what each run is, how it was made."""
    given = {name: value for name, value in asdict(config).items() if value is not None and value is not False}
    settings = ", ".join(f"{name} {value}" for name, value in given.items())
    page = "\n\n".join(
        [
            f"# {config.question}",
            "## Look here\n\n" + "\n".join(f"* [**{title}**]({link}): {sees}" for title, sees, link in sights),
            "## The runs\n\n|run|what it is|\n|---|---|\n" + "\n".join(f"|{name}|{what}|" for name, what in runs),
            f"## How it was made\n\nData: {source}.\n\nSettings: {settings}.",
            "Every chart has a description behind its (i) in the Scalars, Images and Histograms tabs. While a run is "
            "going on, press the reload arrow at the top right, or switch on automatic reload in the settings. "
            "`torchdemos report` writes the run as one HTML file.",
        ]
    )
    board.log(0, texts={"README": page})


def write_contents(board: Board, questions: Mapping[str, tuple[str, Sequence[cards.Pin]]]) -> None:
    """Write the first page of a folder that holds several demos: the question of each, and where its answer is."""
    rows = []
    for name, (question, pins) in questions.items():
        answer = links.first_view(pins, links.names(board.folder / name)[1:])
        rows.append(f"|`{name}`|[{question}]({answer})|")
    page = "# Five questions about neural networks\n\n|runs|question|\n|---|---|\n" + "\n".join(rows)
    board.log(0, texts={"README": f"{page}\n\nEach demo has a README of its own in this tab: `<demo>`, tag README."})


def write_result(board: Board, results: Mapping[str, Result]) -> None:
    """Write how it ended into the Text tab: measured against predicted, the diagnosis, the verdict."""
    many, parts = len(results) > 1, []
    for name, result in results.items():
        found = [f"* {where}: **{finding.kind}**. {finding.message}" for where, finding in result.findings.items()]
        parts += [f"## {name}"] if many else []
        parts += [f"**{result.verdict}**", _table(result)]
        parts += ["### Diagnosis\n\n" + "\n".join(found)] if found else []
    board.log(0, texts={"RESULT": "\n\n".join(parts)})


def _table(result: Result) -> str:
    rows = [
        f"|{c.name}|{c.source}|{c.prediction}|{c.measured:.5g}|{'yes' if c.holds else '**NO**'}|" for c in result.claims
    ]
    return "|claim|source|predicted|measured|agrees|\n|---|---|---|---|---|\n" + "\n".join(rows)
