"""Try what can happen to a log, and count what is lost: a row `| what | tried | lost |` for each kind of accident.

`python -m benchmarks.reliability` makes every trial, `python -m benchmarks.reliability mutations` one of them. With
`--out` it writes docs/reliability.md.
"""

import argparse
from pathlib import Path
from types import ModuleType

from benchmarks.reliability import (
    bombs,
    branches,
    command_line,
    disks,
    interrupts,
    mutations,
    odd_values,
    races,
    restarts,
)
from benchmarks.reliability.page import page
from benchmarks.reliability.row import Row, table

TRIALS: dict[str, ModuleType] = {  # each has `trial()`, which gives its rows
    "bombs": bombs,
    "branches": branches,
    "command_line": command_line,
    "disks": disks,
    "interrupts": interrupts,
    "mutations": mutations,
    "odd_values": odd_values,
    "races": races,
    "restarts": restarts,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", nargs="*", metavar="trial", help=f"all without any: {', '.join(TRIALS)}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the table there")
    given = parser.parse_args()
    if unknown := set(given.trials) - set(TRIALS):
        parser.error(f"no trial is called {', '.join(sorted(unknown))}: choose from {', '.join(TRIALS)}")
    found = [Row(*row) for name in given.trials or TRIALS for row in TRIALS[name].trial()]
    print(table(found))
    if given.out:
        given.out.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
