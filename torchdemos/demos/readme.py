"""The page that greets whoever opens a run in TensorBoard."""

from collections.abc import Sequence
from dataclasses import asdict

from torchdemos.board import Board
from torchdemos.demos.configs import Config

Sight = tuple[str, str, str]  # title, what one sees there, the link (see `board.links`)
Row = tuple[str, str]  # run, what it is


def write(
    board: Board, question: str, sights: Sequence[Sight], runs: Sequence[Row], source: str, config: Config
) -> None:
    """Write the README into the run's Text tab: the question, where to look, what each run is, how it was made."""
    settings = ", ".join(f"{name} {value}" for name, value in asdict(config).items() if value not in (None, False))
    page = "\n\n".join(
        [
            f"# {question}",
            "## Look here\n\n" + "\n".join(f"* [**{title}**]({link}): {sees}" for title, sees, link in sights),
            "## The runs\n\n|run|what it is|\n|---|---|\n" + "\n".join(f"|{name}|{what}|" for name, what in runs),
            f"## How it was made\n\nData: {source}.\n\nSettings: {settings}.",
            "Every chart has a description behind its (i) in the Scalars, Images and Histograms tabs. While a run is "
            "going on, press the reload arrow at the top right, or switch on automatic reload in the settings.",
        ]
    )
    board.log(0, texts={"README": page})
