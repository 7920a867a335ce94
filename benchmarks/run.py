"""Measure what torchdemos costs, and write RESULTS.md.

`python benchmarks/run.py` makes every table (about an hour), `python benchmarks/run.py overhead memory` those two
parts, and `python benchmarks/run.py overhead --only W1 --watchers 'bare,torchdemos*'` a corner of one. New numbers
replace those that RESULTS.md has for the same subjects; a run with `--watchers` is only printed. Parts: overhead,
scaling, memory, files, importing, ensembles, device, exhibits, live.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import device
import ensembles
import exhibits
import files
import importing
import live
import machine
import memory
import overhead
import scaling
from settings import Settings

PARTS: dict[str, Any] = {
    "overhead": overhead,
    "scaling": scaling,
    "memory": memory,
    "files": files,
    "importing": importing,
    "ensembles": ensembles,
    "device": device,
    "exhibits": exhibits,
    "live": live,
}
HERE = Path(__file__).parent
HEAD = "# What watching costs\n\nMade by `python benchmarks/run.py`; how, and how to read it: [README.md](README.md)."
Results = dict[str, dict[str, dict[str, Any]]]  # part -> subject -> when and where, what was found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help="which parts; all without any")
    parser.add_argument("--only", type=names, default=(), help="workloads, sweeps or demos, as W1,W2")
    parser.add_argument("--watchers", type=names, default=(), help="names or patterns of names, as 'bare,torchdemos*'")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15, help="how often everything is repeated")
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER", help="where RESULTS.md is")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    settings = Settings(given.only, given.watchers, given.threads, given.rounds)
    try:
        overhead.choose(settings.watchers)
    except LookupError as error:
        parser.error(str(error))
    results = load(given.out)
    for part, subject, found in measured(given.parts or list(PARTS), settings):
        print(f"\n{part}, {subject}\n\n{PARTS[part].page({subject: found})}", flush=True)
        results.setdefault(part, {})[subject] = {"made": machine.describe(settings.threads), "found": found}
        if not settings.watchers:
            save(results, given.out)


def names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def measured(parts: list[str], settings: Settings) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One subject after another. A subject that is named need not be in the table otherwise, such as T1."""
    for part in parts:
        subjects = PARTS[part].subjects()
        if not subjects:
            print(f"\n{part}\n\n{PARTS[part].page({})}", flush=True)
        for subject in settings.only or subjects:
            if subject in subjects or part == "overhead":
                yield part, subject, PARTS[part].measure(subject, settings)


def load(folder: Path) -> Results:
    file = folder / "results.json"
    found: Results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def save(results: Results, folder: Path) -> None:
    """Write numbers and page after each subject, so that an interrupted run keeps what it measured."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / "RESULTS.md").write_text(page(results), encoding="utf-8")


def page(results: Results) -> str:
    parts = [part for part in PARTS if part in results or part == "device"]  # which says what is open
    return "\n\n".join([HEAD, *(section(part, results.get(part, {})) for part in parts)]) + "\n"


def section(part: str, subjects: dict[str, dict[str, Any]]) -> str:
    """A part of the page: title, what it is, the tables, and when and where each was made."""
    module = PARTS[part]
    made: dict[str, list[str]] = {}
    for name in sorted(subjects):
        made.setdefault(subjects[name]["made"], []).append(name)
    about = " ".join(module.ABOUT.split())
    tables = module.page({name: subjects[name]["found"] for name in ordered(part, subjects)})
    return "\n\n".join(
        [f"## {module.TITLE}", about, tables, *(f"{', '.join(on)}: {when}." for when, on in made.items())]
    )


def ordered(part: str, subjects: dict[str, dict[str, Any]]) -> list[str]:
    usual = [*PARTS[part].subjects(), *subjects]
    return [name for name in dict.fromkeys(usual) if name in subjects]


if __name__ == "__main__":
    main()
