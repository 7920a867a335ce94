"""Diagnose all stored runs, and say how often the diagnosis was right.

`python -m benchmarks.faultbench.score` prints the rates and writes each error of the open half to `details.txt`
beside the runs. It takes a minute, so that a rule can be changed and scored again. `--results` adds the rules of
published tools and writes RESULTS.md.
"""

import argparse
import platform
from collections import Counter
from datetime import date
from pathlib import Path

import torch

from benchmarks.faultbench.details import details
from benchmarks.faultbench.published import PUBLISHED
from benchmarks.faultbench.run import STORE
from benchmarks.faultbench.stored import load_all
from benchmarks.faultbench.tables import by_half, held_out, table
from benchmarks.faultbench.verdict import Rules, Verdict, verdicts
from benchmarks.faultbench.verified import Runs, by_name, verified
from torchdemos.diagnosis import diagnose

RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=STORE, metavar="FOLDER", help="where the runs are")
    parser.add_argument("--results", action="store_true", help="write RESULTS.md")
    parser.add_argument(
        "--held-out", action="store_true", help="tell the errors of the held-out half too, once at last"
    )
    given = parser.parse_args()
    runs, why = verified(by_name(load_all(given.out)))
    found = judged(runs, diagnose)
    print(by_half(found))
    told = [verdict for verdict in found if given.held_out or not held_out(verdict.run.name)]
    (given.out / "details.txt").write_text(details(told, why), encoding="utf-8")
    print(f"\n{len(why)} cases are left out; they and each error of the open half: {given.out / 'details.txt'}")
    if given.results:
        RESULTS.write_text(page(runs, found, why), encoding="utf-8")


def judged(runs: Runs, rules: Rules) -> list[Verdict]:
    """What these rules say of all runs."""
    return [verdict for own in runs.values() for run in own for verdict in verdicts(run, rules)]


def page(runs: Runs, found: list[Verdict], why: dict[str, str]) -> str:
    """RESULTS.md."""
    others = {name: judged(runs, rules) for name, rules in PUBLISHED.items()}
    counts = Counter(own[0].group for own in runs.values())
    return "\n\n".join(
        [
            "# How often the diagnosis is right",
            "Made by `python -m benchmarks.faultbench.score --results`; how, and what the words mean: "
            "[README.md](README.md).",
            f"{date.today()}, Python {platform.python_version()}, PyTorch {torch.__version__}. Configurations: "
            + ", ".join(f"{count} {group}" for group, count in sorted(counts.items()))
            + f"; {len(why)} more are left out.",
            "## torchdemos",
            by_half(found),
            "## Beside published rules, on all names",
            table({"torchdemos": found, **others}),
            "## Left out",
            "\n".join(f"* {name}: {reason}" for name, reason in sorted(why.items())),
        ]
    ) + "\n"  # fmt: skip


if __name__ == "__main__":
    main()
