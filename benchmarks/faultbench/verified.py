"""Which runs are what they are meant to be: sound ones learn, and faulty ones are worse than their twins."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from benchmarks.faultbench.cases import cases, twin_of
from benchmarks.faultbench.store import Run

MARGIN = 0.1  # of the constant answer's loss, with each seed
Runs = Mapping[str, list[Run]]


def by_name(runs: Iterable[Run]) -> Runs:
    """Runs of cases that still exist, by their names."""
    found: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.name in cases():
            found[run.name].append(
                run._replace(group=cases()[run.name].group, learns_below=cases()[run.name].learns_below)
            )
    return found


def verified(runs: Runs) -> tuple[Runs, dict[str, str]]:
    """Those that count, and why the others do not."""
    why = {name: reason for name, own in runs.items() if (reason := _objection(name, own, runs))}
    return {name: own for name, own in runs.items() if name not in why}, why


def _objection(name: str, own: list[Run], runs: Runs) -> str:
    if broken := [run.error for run in own if run.error]:
        return broken[0]
    if own[0].group != "fault":
        worst = max(run.left for run in own)
        return "" if all(run.learnt for run in own) else f"has not learnt: {worst:.2f} of the loss is left"
    twins = {run.seed: run for run in runs.get(twin_of(name.removeprefix("fault: ")), [])}
    pairs = [(run.left, twins[run.seed]) for run in own if run.seed in twins]
    if not pairs or not all(twin.learnt for _, twin in pairs):
        return "its twin has not run, or not learnt"
    least = min(left - twin.left for left, twin in pairs)
    return "" if least >= MARGIN else f"no worse than its twin: by {least:.3f} of the constant answer's loss"
