"""Every run that is judged wrongly, in plain lines."""

from collections.abc import Mapping

from benchmarks.faultbench.fault import Fault
from benchmarks.faultbench.verdict import Verdict, located, named
from torchdemos.diagnosis import Finding

SECTIONS = (
    *("false alarm at the end", "false alarm on the way only", "missed", "wrong name", "wrong layer"),
    "right, but not in the first tenth",
)


def details(found: list[Verdict], why: Mapping[str, str]) -> str:
    """False alarms, missed faults, wrong names, wrong layers, and the cases that do not count."""
    lines: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for verdict in found:
        section, words = _of_fault(verdict, verdict.fault) if verdict.fault else _of_sound(verdict)
        if section:
            lines[section].append(f"{_name(verdict)}{words}")
    lines["left out"] = [f"{name}: {reason}" for name, reason in why.items()]
    return "\n\n".join("\n".join([f"== {section}", *sorted(own)]) for section, own in lines.items()) + "\n"


def _of_sound(verdict: Verdict) -> tuple[str, str]:
    if verdict.last:
        return "false alarm at the end", _said(verdict.last)
    if verdict.alarms():
        return "false alarm on the way only", f", at {_steps(verdict)}{_said(verdict.alarms())}"
    return "", ""


def _of_fault(verdict: Verdict, fault: Fault) -> tuple[str, str]:
    should = f": should be {' or '.join(sorted(fault.kinds))}"
    if not verdict.last:
        return "missed", should + (f", at {_steps(verdict)} was{_said(verdict.alarms())}" if verdict.alarms() else "")
    if not named(verdict.last, fault):
        return "wrong name", should + _said(verdict.last)
    if fault.layers and not located(verdict.last, fault):
        return "wrong layer", f": should be {', '.join(sorted(fault.layers))}{_said(verdict.last[:1])}"
    if not named(verdict.early, fault):
        right = min(step for step, findings in verdict.moments.items() if named(findings, fault))
        return SECTIONS[
            -1
        ], f": at step {right} of {max(verdict.moments)}, early is{_said(verdict.early) or ' nothing'}"
    return "", ""


def _name(verdict: Verdict) -> str:
    run, model = verdict.run, f" ({verdict.model})" if verdict.model else ""
    return f"{run.group}: {run.name.removeprefix('fault: ')}{model}, seed {run.seed}, left {run.left:.2f}"


def _steps(verdict: Verdict) -> str:
    steps = [step for step, findings in verdict.moments.items() if findings]
    return f"steps {min(steps)} to {max(steps)} of {max(verdict.moments)}"


def _said(findings: list[Finding]) -> str:
    return "".join(f"\n    {_line(finding)}" for finding in findings)


def _line(finding: Finding) -> str:
    follows = f" -> {', '.join(other.kind for other in finding.consequences)}" if finding.consequences else ""
    return f"{finding.level} {finding.kind} in {finding.layer} since {finding.step}{follows}: {finding.evidence}"
