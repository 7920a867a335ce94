"""Which file has which run of which case."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faultbench.cases import Case, cases
from benchmarks.faultbench.store import Run, load

MOST_SEEDS = 10


def path_of(folder: Path, case: Case, seed: int) -> Path:
    """A file name from which the run's own can be guessed. Once the configuration is changed, it is another."""
    readable = "".join(letter if letter.isalnum() else "-" for letter in case.name)
    key = hashlib.sha256(f"{case.name} {case.described}".encode()).hexdigest()[:8]
    return folder / f"{readable}-{key}-{seed}.pickle"


def load_all(folder: Path) -> Iterator[Run]:
    """The stored runs of all cases as they are now."""
    for case in cases().values():
        for seed in range(MOST_SEEDS):
            if (path := path_of(folder, case, seed)).exists():
                yield load(path)
