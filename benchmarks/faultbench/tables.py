"""Rates of verdicts, as lines of a table."""

import hashlib
from collections.abc import Callable, Mapping

from benchmarks.faultbench.rates import rate
from benchmarks.faultbench.verdict import Verdict, located, named, named_anywhere

SOUND = ("healthy", "clean twin", "sick-looking")
ALARMS: dict[str, Callable[[Verdict], bool]] = {
    "error at the end": lambda verdict: any(finding.level == "error" for finding in verdict.last),
    "any alarm at the end": lambda verdict: bool(verdict.last),
    "error at any look": lambda verdict: bool(verdict.alarms("error")),
    "any alarm at any look": lambda verdict: bool(verdict.alarms()),
}


def rates(found: list[Verdict]) -> dict[str, str]:
    """All rates of these verdicts, in words."""
    told: dict[str, str] = {}
    for group in SOUND:
        own = [verdict for verdict in found if verdict.run.group == group]
        told |= {f"{group}: {name}": rate(map(alarm, own)) for name, alarm in ALARMS.items()}
    return told | _of_faults(found)


def _of_faults(found: list[Verdict]) -> dict[str, str]:
    pairs = [(verdict, verdict.fault) for verdict in found if verdict.fault]
    names_layers = any(finding.layer for verdict, _ in pairs for finding in verdict.last)  # not all tools do
    with_layers = [pair for pair in pairs if names_layers and pair[1].layers and named(pair[0].last, pair[1])]
    return {
        "fault: detected at the end": rate(bool(verdict.last) for verdict, _ in pairs),
        "fault: detected at any look": rate(bool(verdict.alarms()) for verdict, _ in pairs),
        "fault: first finding has the right name": rate(named(verdict.last, fault) for verdict, fault in pairs),
        "fault: any finding has it": rate(named_anywhere(verdict.last, fault) for verdict, fault in pairs),
        "fault: right layer, of the rightly named": rate(located(verdict.last, own) for verdict, own in with_layers),
        "fault: detected in the first tenth": rate(bool(verdict.early) for verdict, _ in pairs),
        "fault: rightly named in the first tenth": rate(named(verdict.early, fault) for verdict, fault in pairs),
    }


def unseen(name: str) -> bool:
    """Whether its author had not seen the rules."""
    return "unseen: " in name


def held_out(name: str) -> bool:
    """Thresholds may look at one half of the seen names only; a hash decides which."""
    if unseen(name):
        return True
    name = name.partition(": ")[2] or name
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def by_half(found: list[Verdict]) -> str:
    """A column for all seen names, for the half that thresholds may look at, for the other, and for the unseen."""
    seen = [verdict for verdict in found if not unseen(verdict.run.name)]
    return table(
        {
            "all": seen,
            "open half": [verdict for verdict in seen if not held_out(verdict.run.name)],
            "held-out half": [verdict for verdict in seen if held_out(verdict.run.name)],
            "unseen": [verdict for verdict in found if unseen(verdict.run.name)],
        }
    )


def table(columns: Mapping[str, list[Verdict]]) -> str:
    """A Markdown table with a line for each rate."""
    found = {title: rates(verdicts) for title, verdicts in columns.items()}
    lines = [[name, *(own[name] for own in found.values())] for name in next(iter(found.values()))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [["", *found], ["---"] * (1 + len(found)), *lines])
