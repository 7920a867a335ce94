"""What a rule set says of a run, at its end and on its way, held against what is known of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from benchmarks.faultbench.fault import Fault
from benchmarks.faultbench.faults import BY_NAME
from benchmarks.faultbench.store import Run
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History

Rules = Callable[[History], Sequence[Finding]]
EARLY = 0.1  # share of a run


@dataclass(frozen=True)
class Verdict:
    """The findings about one watched model, those of information left out."""

    run: Run
    model: str  # one of several that were watched
    moments: dict[int, list[Finding]]

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the run; None if it is sound."""
        return BY_NAME[self.run.name.removeprefix("fault: ")] if self.run.group == "fault" else None

    @property
    def last(self) -> list[Finding]:
        return self.moments[max(self.moments)]

    @property
    def early(self) -> list[Finding]:
        """When a tenth of the run was done."""
        return self.moments[min(self.moments, key=lambda step: abs(step + 1 - EARLY * (max(self.moments) + 1)))]

    def alarms(self, level: str | None = None) -> list[Finding]:
        """Each kind once that was told at any moment."""
        told = [finding for findings in self.moments.values() for finding in findings if level in (None, finding.level)]
        return list({finding.kind: finding for finding in told}.values())


def verdicts(run: Run, rules: Rules) -> Iterator[Verdict]:
    """One for each model that was watched in this run."""
    for model, seen in run.seen.items():
        yield Verdict(run, model, {step: _above_information(rules(seen.at(step))) for step in sorted(seen.moments)})


def named(findings: Sequence[Finding], fault: Fault) -> bool:
    """Whether the first finding has a right name."""
    return bool(findings) and findings[0].kind in fault.kinds


def named_anywhere(findings: Sequence[Finding], fault: Fault) -> bool:
    """Whether any finding, also one that follows from another, has a right name."""
    return any(own.kind in fault.kinds for first in findings for own in (first, *first.consequences))


def located(findings: Sequence[Finding], fault: Fault) -> bool:
    """Whether the first finding names a right layer, or a part of one."""
    layer = findings[0].layer if findings else None
    return layer is not None and any(fnmatch(layer, pattern) for pattern in fault.layers)


def _above_information(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level != "information"]
