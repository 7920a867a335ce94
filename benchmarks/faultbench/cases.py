"""What is run: a name, a group, and a function of the seed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from benchmarks.faultbench import own_loops, unseen
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.faults import FAULTS
from benchmarks.faultbench.healthy import healthy
from benchmarks.faultbench.sick_looking import sick_looking, untrained
from benchmarks.faultbench.training import Trained, train

GROUPS = ("healthy", "sick-looking", "clean twin", "fault")


@dataclass(frozen=True)
class Case:
    """One configuration; a sound one counts only if it learns below this share of the constant answer's loss.

    What is `described` otherwise is another run.
    """

    name: str
    group: str
    train: Callable[[int], Trained]
    learns_below: float
    described: str = ""


@cache
def cases() -> dict[str, Case]:
    """All by name."""
    found = [_case(name, "healthy", config) for name, config in (healthy() | unseen.healthy()).items()]
    found += [_case(name, "sick-looking", config) for name, config in (sick_looking() | unseen.sick_looking()).items()]
    found += [Case(name, "healthy", loop, below) for name, (loop, below) in own_loops.HEALTHY.items()]
    found += [Case(name, "sick-looking", loop, below) for name, (loop, below) in own_loops.SICK_LOOKING.items()]
    found += [Case(name, "sick-looking", loop, float("inf")) for name, loop in untrained().items()]
    found += [_case(f"fault: {fault.name}", "fault", fault.config) for fault in FAULTS]
    found += [_case(f"twin: {name}", "clean twin", config) for name, config in twins().items()]
    by_name = {case.name: case for case in found}
    assert len(by_name) == len(found), "two cases have one name"
    return by_name


def twins() -> dict[str, Config]:
    """The clean configurations beside the faults, each under the name of the first fault that it belongs to."""
    first: dict[Config, str] = {}
    for fault in FAULTS:
        first.setdefault(fault.clean, fault.name)
    return {name: config for config, name in first.items()}


def twin_of(fault: str) -> str:
    """The name of the case that is the clean twin of this fault."""
    clean = next(own.clean for own in FAULTS if own.name == fault)
    return "twin: " + next(name for name, config in twins().items() if config == clean)


def _case(name: str, group: str, config: Config) -> Case:
    return Case(name, group, partial(train, config), config.learns_below, config.described())
