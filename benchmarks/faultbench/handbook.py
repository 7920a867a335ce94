"""Write docs/diagnosis.md: a section for each finding, with an example and its rates out of the stored runs.

`python -m benchmarks.faultbench.handbook --out FOLDER`, after `benchmarks.faultbench.run`.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

from benchmarks.faultbench.chapters import CHAPTERS, Chapter
from benchmarks.faultbench.rates import rate
from benchmarks.faultbench.run import STORE
from benchmarks.faultbench.score import judged
from benchmarks.faultbench.stored import load_all
from benchmarks.faultbench.verdict import Verdict, named
from benchmarks.faultbench.verified import by_name, verified
from torchdemos.diagnosis import diagnose
from torchdemos.diagnosis.history import History
from torchdemos.view.thinning import evenly_spaced

PAGE = Path(__file__).parents[2] / "docs" / "diagnosis.md"
BARS = "▁▂▃▄▅▆▇█"
MOST = 60  # bars of a picture
SMALL = ("torchdemos", "d nll")  # with which a sentence begins without a capital letter
ABOUT = """# What the diagnosis says, and why

`around.findings()`, `torchdemos diagnose LOGDIR` and the tab say the same, from the same rules. A finding has a kind,
a level (error: as it is, this cannot work; warning: most likely it harms; information: true, and perhaps meant), the
layer to look at first, the step at which it began, evidence and advice. What follows from it stands under it. An
empty list means that no rule fired, which is no proof of health.

The rules read the history of a run: what was ill at the first look comes from initialization, data or architecture,
what grew ill later from the optimizer. Give the loss (`around.loss(loss)`): without it they say less. A kind that you
have seen can be muted: `diagnose(around.history, muted=["dead units: fc1"])`.

The examples and rates come from the runs of [faultbench](../benchmarks/faultbench/README.md) and were written by
`python -m benchmarks.faultbench.handbook`; all rates are in its [RESULTS.md](../benchmarks/faultbench/RESULTS.md).
Intervals are Wilson's 95 %. In the pictures the loss runs over the steps, and the gradient (its logarithm) over the
layers from the input at the left.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=STORE, metavar="FOLDER", help="where the runs are")
    runs, _ = verified(by_name(load_all(parser.parse_args().out)))
    found = judged(runs, diagnose)
    PAGE.write_text(
        "\n".join([ABOUT, *(section(kind, chapter, found) for kind, chapter in CHAPTERS.items())]), encoding="utf-8"
    )
    print(f"written: {PAGE}")


def section(kind: str, chapter: Chapter, found: Sequence[Verdict]) -> str:
    """One finding in Markdown."""
    parts = {
        "Symptom": chapter.symptom,
        "Cause": chapter.cause,
        "Cure": chapter.cure,
        "Exceptions": chapter.not_said,
        "Source": source(kind, found),
        "Rates": told_rates(kind, found),
    }
    paragraphs = "\n\n".join(fill(f"**{name}.** {begun(words)}", 120) for name, words in parts.items() if words)
    return f"## {kind.capitalize()}\n\n{paragraphs}\n\n{example(kind, found)}"


def begun(words: str) -> str:
    return words if words.startswith(SMALL) else words[0].upper() + words[1:]


def example(kind: str, found: Sequence[Verdict]) -> str:
    """What is said of the first faulty run that is rightly called so, and its picture."""
    for verdict in found:
        if verdict.fault and kind in verdict.fault.kinds and verdict.last and verdict.last[0].kind == kind:
            history = verdict.run.seen[verdict.model].history
            lines = [line for line in (picture_of_loss(history), picture_of_gradient(history)) if line]
            text = "\n".join(fill(line, 100, subsequent_indent="  ") for line in str(verdict.last[0]).splitlines())
            return f"```text\n{verdict.fault.name}\n" + "\n".join([*lines, text]) + "\n```\n"
    return ""


def picture_of_loss(history: History) -> str:
    losses = [loss for _, loss in history.losses]
    finite = [loss for loss in losses if math.isfinite(loss)]
    if not finite:
        return ""
    return f"loss      {bars(losses)} {losses[0]:.3g} to {losses[-1]:.3g}"


def picture_of_gradient(history: History) -> str:
    layers = [name for name in history.gradients if name in history.fed_by]
    norms = [float(history.numbers(history.gradients[name], "norm")[0]) for name in layers]
    logs = [math.log10(norm) if 0 < norm < math.inf else math.nan for norm in norms]
    if len(logs) < 2 or all(map(math.isnan, logs)):
        return ""
    return f"gradient  {bars(logs)} {norms[0]:.1e} in {layers[0]}, {norms[-1]:.1e} in {layers[-1]}, at first"


def bars(values: Sequence[float]) -> str:
    """A bar for each value, ✕ for what is not finite."""
    shown = evenly_spaced(values, MOST)
    finite = [value for value in shown if math.isfinite(value)]
    low, high = min(finite), max(finite)
    places = [
        round((value - low) / (high - low or 1.0) * (len(BARS) - 1)) if math.isfinite(value) else None
        for value in shown
    ]
    return "".join("✕" if place is None else BARS[place] for place in places)


def told_rates(kind: str, found: Sequence[Verdict]) -> str:
    faults = [(verdict, verdict.fault) for verdict in found if verdict.fault and kind in verdict.fault.kinds]
    sound = [verdict for verdict in found if not verdict.fault]
    right = rate(named(verdict.last, fault) for verdict, fault in faults)
    false = rate(kind in [own.kind for own in verdict.alarms()] for verdict in sound)
    return f"Rightly named {right} of faults that may be called so; said at any look of {false} sound runs."


def source(kind: str, found: Sequence[Verdict]) -> str:
    every = (own for verdict in found for findings in verdict.moments.values() for own in findings)
    return next((own.source for own in every if own.kind == kind), "")


if __name__ == "__main__":
    main()
