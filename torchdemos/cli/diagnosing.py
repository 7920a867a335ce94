"""What is wrong with the models of a log, in words or as JSON, without PyTorch."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import fill

from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.finding import NOTHING
from torchdemos.log.shown import shown_lines
from torchdemos.view import events, profiles, remarks
from torchdemos.view.damage import Damage
from torchdemos.view.looks import Looks

FEWEST_LOOKS = 3
WIDTH = 80
TOO_FEW = f"Not enough data: a diagnosis takes {FEWEST_LOOKS} looks or more."


@dataclass(frozen=True)
class Diagnosis:
    """What is known of one watched model: `run` is its folder, below the one that was asked about."""

    run: str
    prefix: str
    looks: int
    losses: int
    last_step: int
    findings: list[Finding]
    damage: str = ""

    @property
    def has_error(self) -> bool:
        return any(map(_is_error, self.findings))


def diagnose(folder: Path, muted: Sequence[str] = ()) -> list[Diagnosis]:
    """Each watched model in a folder and below it, in the order of runs, without the `muted` findings.

    Raises `FileNotFoundError` in a sentence for a folder that holds no watched model.
    """
    runs = events.runs(folder)
    measured = {name: run for name, run in runs.items() if not profiles.is_theory(name)}
    found = [own for name, run in measured.items() for own in _of(name, run, muted)]
    if not found:
        missing = remarks.damage(sum((run.damage for run in runs.values()), Damage()))
        why = f"no watched model has a look in the log in {folder}: has its first step been logged?"
        raise FileNotFoundError(f"{why} {missing}".strip())
    return found


def text(folder: Path, diagnoses: list[Diagnosis]) -> str:
    """A heading for each model, and its findings. What a log makes a terminal do besides is left out."""
    parts = [part for own in diagnoses for part in (_heading(folder, own), *_damage(own), *_paragraphs(own))]
    return shown_lines("\n\n".join(parts))


def as_json(diagnoses: list[Diagnosis]) -> str:
    """The same as one document: a list of models."""
    return json.dumps([asdict(own) for own in diagnoses], indent=1, allow_nan=False)


def _of(name: str, run: events.LoggedRun, muted: Sequence[str]) -> Iterator[Diagnosis]:
    for prefix in profiles.watched(run.scalars) or [""]:
        looks = Looks(run, prefix)
        steps = {*looks.steps, *(step for step, _ in looks.losses())}
        if steps:
            counts = len(looks.steps), len(looks.losses()), max(steps)
            yield Diagnosis(name, prefix, *counts, _findings(name, looks, muted), remarks.damage(run.damage))


def _findings(name: str, looks: Looks, muted: Sequence[str]) -> list[Finding]:
    try:
        return looks.findings(muted)
    except Exception as error:
        why = f"a rule of torchdemos fails on the run {name}, please report it: {type(error).__name__}: {error}"
        raise ValueError(why) from error


def _heading(folder: Path, own: Diagnosis) -> str:
    model = f", {own.prefix}" if own.prefix else ""
    name = f"{folder / own.run}{model}:"
    line = f"{name} {_seen(own)}"
    return line if len(line) <= WIDTH else f"{name}\n  {_seen(own)}"


def _seen(own: Diagnosis) -> str:
    looks = f"{_count(own.looks, 'look', 'looks')}, and " if own.looks else ""
    losses = _count(own.losses, "loss", "losses") if own.losses else "no loss was given"
    return f"{looks}{losses}; the last step is {own.last_step}"


def _damage(own: Diagnosis) -> list[str]:
    return [_wrapped(own.damage)] if own.damage else []


def _paragraphs(own: Diagnosis) -> list[str]:
    if own.findings:
        return ["\n".join(_wrapped(line) for line in str(finding).splitlines()) for finding in own.findings]
    if max(own.looks, own.losses) < FEWEST_LOOKS:
        return [TOO_FEW]
    return [NOTHING]


def _wrapped(line: str) -> str:
    start = "  " if line.startswith(" ") else ""
    return fill(line.strip(), WIDTH, initial_indent=start, subsequent_indent="  ", break_long_words=False)


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _is_error(finding: Finding) -> bool:
    return finding.level == "error" or any(map(_is_error, finding.consequences))
