"""Follow the first advice for each fault that was found, and see whether it cures.

`python -m benchmarks.faultbench.cure` diagnoses stored runs of faults, changes each configuration as the first advice
of the first finding says, and trains it again. Of "lower the learning rate by a factor of 10", and of other advice that
names a direction, up to four steps are taken. Cured is what comes within 0.1 of the constant answer's loss of the clean
twin. Results are kept: only what is new is run.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.faultbench.cases import twin_of
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.cures import STEPWISE, first_phrase, followed
from benchmarks.faultbench.rates import rate
from benchmarks.faultbench.run import STORE
from benchmarks.faultbench.store import Run
from benchmarks.faultbench.stored import load_all
from benchmarks.faultbench.tables import held_out
from benchmarks.faultbench.training import train
from benchmarks.faultbench.verdict import verdicts
from benchmarks.faultbench.verified import MARGIN, Runs, by_name, verified
from torchdemos.diagnosis import diagnose

MOST_TIMES = 4
HARDLY_EVER = 10**9  # steps between looks: nobody reads them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=STORE, metavar="FOLDER", help="where the runs are")
    given = parser.parse_args()
    torch.set_num_threads(1)
    runs, _ = verified(by_name(load_all(given.out)))
    kept = Kept(given.out / "cures.json")
    outcomes = [(run, *cured(run, runs, kept)) for own in runs.values() for run in own if run.group == "fault"]
    for run, phrase, cure in outcomes:
        if not cure and not held_out(run.name):
            print(f"not cured: {run.name.removeprefix('fault: ')}, seed {run.seed}: {phrase or 'nothing to follow'}")
    told = [cure for _, phrase, cure in outcomes if phrase is not None]
    print(f"first advice cures, of the detected: {rate(told)}")
    rest = [cure for run, phrase, cure in outcomes if phrase is not None and held_out(run.name)]
    print(f"first advice cures, of the detected that thresholds may not look at: {rate(rest)}")
    print(f"first advice cures, of all faults: {rate(cure for _, _, cure in outcomes)}")


class Kept:
    """What was left of the loss in runs that were made already, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def left(self, config: Config, seed: int) -> float:
        key = hashlib.sha256(f"{config.described()} {seed}".encode()).hexdigest()
        if key not in self.found:
            self.found[key] = train(replace(config, every=HARDLY_EVER), seed).left
            self.path.write_text(json.dumps(self.found), encoding="utf-8")
        return self.found[key]


def cured(run: Run, runs: Runs, kept: Kept) -> tuple[str | None, bool]:
    """Which advice was followed (None if nothing was found, "" if nobody can follow it), and whether it cured."""
    (verdict,) = verdicts(run, diagnose)
    if not verdict.last:
        return None, False
    phrase = first_phrase(verdict.last[0].advice)
    if not phrase:
        return "", False
    fault = verdict.fault
    assert fault
    twin = next(own.left for own in runs[twin_of(fault.name)] if own.seed == run.seed)
    for times in range(1, 1 + (MOST_TIMES if phrase in STEPWISE else 1)):
        changed = followed(phrase, fault.config, fault.clean, times)
        if kept.left(changed, run.seed) - twin < MARGIN:
            return phrase, True
    return phrase, False


if __name__ == "__main__":
    main()
