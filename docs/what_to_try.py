"""Fill in the tables below "What to try next" on the pages here: `python docs/what_to_try.py [PAGE ...]`.

A table has one row for the command without flags and one for each command that its page names. With `--logs DIR` the
logs are kept in DIR, and a command whose log is there already is not run again. All of them take about half an hour.
"""

import argparse
import json
import math
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from torchdemos.log import tags
from torchdemos.log.run_folder import RESULT
from torchdemos.view import events

HERE = Path(__file__).parent
HEADING = "\n## What to try next\n"
BEGIN, END = "<!-- This table is made by docs/what_to_try.py -->", "<!-- end of the table -->"
COMMAND = re.compile(r"`torchdemos ([a-z-]+ -[^`]*)`")
ABOUT = f"""Found by `python docs/what_to_try.py` on the embedded digits: seed 0, one thread, Python \
{platform.python_version()},
PyTorch {torch.__version__.split("+")[0]} on the CPU. Where training is unstable, another version or machine can end \
elsewhere."""

Cell = Callable[[Path], str]  # what the log of a run says


def scalar(variant: str, tag: str, place: int, form: str) -> Cell:
    """The first (place 0) or the last (place -1) value of a tag, in Python's format; "-" if the run has none."""

    def cell(log: Path) -> str:
        series = events.read(log / variant).scalars.get(tag)
        if not series:
            return "-"
        value = series[place][1]
        return form.format(value) if math.isfinite(value) else "not a number"

    return cell


def accuracy(variant: str) -> Cell:
    return scalar(variant, tags.ACCURACY, -1, "{:.0%}")


def loss(variant: str) -> Cell:
    """The loss of the last batch."""
    return scalar(variant, tags.LOSS, -1, "{:.2g}")


def gradient(variant: str) -> Cell:
    """How much of the last layer's gradient arrives at the first layer before training."""
    return scalar(variant, f"{tags.GRADIENT_SUMMARY}/first_over_last", 0, "10^{:.1f}")


def measured(claim: str) -> Cell:
    """What was measured for the claim whose name begins like this; "-" if nothing was."""

    def cell(log: Path) -> str:
        value = next(float(row["measured"]) for row in claims(log) if row["claim"].startswith(claim))
        return f"{value:.3g}" if math.isfinite(value) else "-"

    return cell


def factor_error(log: Path) -> str:
    """The largest relative error of a factor."""
    errors = [row["difference"].split("%")[0] for row in claims(log) if row["claim"].startswith("factor per layer")]
    return f"{max(abs(float(error)) for error in errors):.2g}%"


def disagreeing(log: Path) -> str:
    return str(sum(row["agrees"] == "NO" for row in claims(log)))


def claims(log: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((log / RESULT).read_text(encoding="utf-8"))["claims"]
    return rows


STARTS = ("zero", "constant", "small", "large", "xavier", "he", "orthogonal", "lsuv")
COLUMNS: dict[str, dict[str, Cell]] = {
    "what_is_a_neuron": {
        "accuracy, CNN": accuracy("0_cnn"),
        "accuracy, MLP": accuracy("1_mlp"),
        "farthest dot, in standard errors": measured("farthest of"),
    },
    "what_does_the_learning_rate_do": {
        "last loss, third rate": loss("2_jump"),
        "last loss, fourth rate": loss("3_diverge"),
        "sharpness / (2/lr)": measured("sharpness / (2/lr)"),
        "share of steps that lead up": measured("share of steps that lead up"),
    },
    "how_are_weights_initialized": {start: accuracy(f"{i}_{start}") for i, start in enumerate(STARTS)},
    "what_is_loss": {
        "accuracy, squared error": accuracy("0_squared_error"),
        "accuracy, cross entropy": accuracy("1_cross_entropy"),
        "accuracy, softmax twice": accuracy("4_softmax_twice"),
        "last loss, cross entropy": loss("1_cross_entropy"),
        "loss, softmax twice": measured("softmax twice: loss on all"),
    },
    "what_is_the_chain_rule": {
        "first / last gradient, vanish": gradient("0_vanish"),
        "first / last gradient, flow": gradient("1_flow"),
        "first / last gradient, explode": gradient("2_explode"),
        "accuracy, flow": accuracy("1_flow"),
        "largest error of a factor": factor_error,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", default=list(COLUMNS), help="the page's name without .md")
    parser.add_argument("--logs", type=Path, metavar="DIR", help="keep the logs here, and use those that are here")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        write_all(given.logs or Path(scratch), given.pages)


def write_all(logs: Path, pages: Iterable[str] = COLUMNS) -> None:
    for page in pages:
        write(HERE / f"{page}.md", logs)


def write(page: Path, logs: Path) -> None:
    """Run what the page says to try, and put a table of what came of it where the page has its marks."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    made = table(COLUMNS[page.stem], {command: run(command, logs) for command in commands(before)})
    page.write_text(f"{before}{BEGIN}\n\n{made}\n\n{ABOUT}\n\n{END}{after}", encoding="utf-8")


def commands(page: str) -> list[str]:
    """The demo without flags, then each command below "What to try next", in order."""
    tried: list[str] = COMMAND.findall(page.split(HEADING)[1])
    return list(dict.fromkeys([tried[0].split()[0], *tried]))


def run(command: str, logs: Path) -> Path:
    """The folder that holds the log of a command; the command is run unless it has ended there before."""
    log = logs.resolve() / command.replace(" ", "_")
    if not (log / RESULT).exists():
        run_on_embedded_digits(command.split(), log)
    return log


def run_on_embedded_digits(arguments: list[str], log: Path) -> None:
    """`torchdemos` with these arguments on the CPU, where neither ./data nor the environment has the full MNIST."""
    environment = {name: value for name, value in os.environ.items() if name != "TORCHDEMOS_DATA"}
    command = [sys.executable, "-m", "torchdemos", *arguments, "--device", "cpu", "--log-dir", str(log)]
    with TemporaryDirectory() as empty:
        subprocess.run(command, check=True, cwd=empty, env=environment)


def table(columns: dict[str, Cell], runs: dict[str, Path]) -> str:
    cells = columns | {"rows marked NO": disagreeing}
    rows = [[flags(command), *(cell(log) for cell in cells.values())] for command, log in runs.items()]
    head = [["flags", *cells], ["---"] * (len(cells) + 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in head + rows)


def flags(command: str) -> str:
    given = command.partition(" ")[2]
    return f"`{given}`" if given else "none"


if __name__ == "__main__":
    main()
