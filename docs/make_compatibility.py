"""Write docs/compatibility.md: what torchdemos records of every model of the zoo, and that it changes nothing.

`python docs/make_compatibility.py` checks every model, `python docs/make_compatibility.py 'resnet*' gpt2` only some.
Each model's row is kept in a file in the cache, so an interrupted run continues where it stopped, and two can share the
work: `--part 1/2` in one terminal and `--part 2/2` in another, with the same cache. The page shows all rows in it.
`--ways` makes only the text and the table of ways of training anew, in a minute or two, and leaves the rows of models.
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "zoo"))

import checks  # noqa: E402
import loops  # noqa: E402
import page  # noqa: E402
import small_models  # noqa: E402
import torchvision_models  # noqa: E402
import transformers_models  # noqa: E402
import ways_of_training  # noqa: E402
from passes import both_passes  # noqa: E402
from specimens import Specimen  # noqa: E402

SPECIMENS = [*small_models.SPECIMENS, *transformers_models.SPECIMENS, *torchvision_models.SPECIMENS]
PAGE = HERE / "compatibility.md"
MEMORY_STEPS, RUNS, MIN_STEPS = 200, 8, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["*"], help="names or patterns of names")
    parser.add_argument("--steps", type=int, default=loops.STEPS, help="how long each of the four ways trains")
    parser.add_argument("--seconds", type=float, default=30.0, help="for one model; slow ones make fewer steps in them")
    parser.add_argument("--part", default="1/1", help="which share of the models, as 1/2")
    parser.add_argument("--ways", action="store_true", help="only the text and the table of ways of training")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "torchdemos_compatibility")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.ways:
        PAGE.write_text(page.renewed(PAGE.read_text(encoding="utf-8"), ways()), encoding="utf-8")
        return
    given.cache.mkdir(parents=True, exist_ok=True)
    chosen = [s for s in SPECIMENS if any(fnmatch(s.name, pattern) for pattern in given.models)]
    for specimen in share(chosen, given.part):
        file = row_file(given.cache, specimen)
        if not file.exists():
            row = examine(specimen, given.steps, given.seconds)
            file.write_text(json.dumps(row), encoding="utf-8")
            print(" | ".join([*page.cells(row), f"{row['seconds']:.0f} s"]), flush=True)
    if given.part.split("/")[0] != "1":  # another process writes the page
        return
    files = [row_file(given.cache, specimen) for specimen in SPECIMENS]
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
    PAGE.write_text(page.page(rows, ways()), encoding="utf-8")


def share(specimens: list[Specimen], part: str) -> list[Specimen]:
    """Every n-th model; neighbouring shares run in opposite directions, so that giants do not meet in memory."""
    which, of = map(int, part.split("/"))
    return specimens[which - 1 :: of][:: 1 if which % 2 else -1]


def row_file(cache: Path, specimen: Specimen) -> Path:
    return cache / f"{specimen.family.replace(': ', '_')}_{specimen.name}.json"


def examine(specimen: Specimen, steps: int, seconds: float) -> dict[str, Any]:
    """All checks of one model, and how long they took."""
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        model = specimen.build()
        seen = both_passes(specimen, model)
        verdicts = {"recorded": checks.recorded(seen), "gradients": checks.gradients(seen)}
        del seen
        verdicts["nothing left"] = checks.nothing_left(specimen, model)
        unwatched = loops.seconds_per_step(specimen, model, watched=False)
        steps = max(MIN_STEPS, min(steps, round(seconds / RUNS / unwatched)))
        verdicts |= {way: loops.bitwise(specimen, model, way, steps) for way in loops.WAYS}
        watched = loops.seconds_per_step(specimen, model, watched=True)
        memory_steps = max(2 * MIN_STEPS, min(MEMORY_STEPS, round(seconds / 4 / watched)))
        verdicts["memory"] = loops.memory(specimen, model, memory_steps)
    return {
        "name": specimen.name,
        "family": specimen.family,
        "verdicts": {check: asdict(verdict) for check, verdict in verdicts.items()},
        "steps": steps,
        "memory_steps": memory_steps,
        "seconds": time.perf_counter() - started,
    }


def ways() -> str:
    return page.ways_of_training(ways_of_training.HEAD, ways_of_training.table())


if __name__ == "__main__":
    main()
