"""Runs whose numbers, names and notes are at the ends of what a file can hold: their reports are made, whole."""

import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reliability.row import Row
from torchdemos import report
from torchdemos.cli import diagnosing
from torchdemos.log import listing, run_folder, tags
from torchdemos.view import events
from torchdemos.view.answers import pages
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting.exhibits import Exhibit
from torchdemos.view.reporting.section import Section

RUNS = 500
LARGEST = 1.7976931348623157e308
NUMBERS = (400.0, -400.0, 308.3, LARGEST, -LARGEST, 5e-324, math.nan, math.inf, -math.inf, 0.0, 1.0, 2.0**63)
STEPS = ([0, 1, 2, 3, 4], [-(2**63), 0, 2**63 - 1], [7], list(range(50)))
LAYERS = ("00_fc1", "01_fc2")
OF_OUTPUTS = ("mean", "std", "abs_max", "zero_fraction", "dead_units", "long_dead", "saturated_units", "equal_units")
OF_PARAMETERS = ("norm_log10", "grad_norm_log10", "update_ratio_log10", "unchanged", "norm_zero", "norm_nonfinite")
TAGS = (
    tags.LOSS, tags.ACCURACY, "final/x", "loss", "/", "", f"{tags.ENDS}/given_std", f"{tags.ENDS}/answer_std",
    *(f"{tags.GRADIENT_NORM}{more}/{layer}" for more in ("", "_abs_max") for layer in LAYERS),
    *(f"{tags.GRADIENT_SUMMARY}/{part}" for part in ("total", "total_unclipped", "total_added", "clipped_share")),
    *(f"{tags.ACTIVATION_STATISTIC}_{part}/{layer}" for part in OF_OUTPUTS for layer in LAYERS),
    *(f"{tags.PARAMETER}_{part}/fc{number}.weight" for part in OF_PARAMETERS for number in (1, 2)),
)  # fmt: skip
TEXTS = (
    "# " * 3000, "> " * 3000 + "# x", "- " * 3000 + "# x", "[a" * 2000 + "](#b)" * 2000, "|" * 5000, "\0\ud7ff",
    "*a **b " * 2000, "\n".join("> " * depth + "# x" for depth in range(200)),
)  # fmt: skip
NAMES = (b"\xff\xfe", b"a\nb", b"<b>", b"'\"&", b" ", b"x" * 200, "\N{RIGHT-TO-LEFT OVERRIDE}ab".encode())
NOTES = (
    "[",
    "[]",
    '{"pins": 3}',
    '{"config": {"a": ' + "[" * 200 + "]" * 200 + "}}",
    '{"demo": NaN}',
    "\0",
    '{"pins": [[1, 2, 3]]}',
)


def trial() -> list[Row]:
    chance = random.Random(0)
    numbers = sum(_fails(_draw, _odd_run(chance)) for _ in range(RUNS))
    texts = sum(
        _fails(_draw, LoggedRun(scalars={"a": [(0, 1.0)]}, texts={"README": words, "x": words})) for words in TEXTS
    )
    named = sum(_fails(_report, name, "{}") for name in NAMES) + sum(_fails(_report, b"run", note) for note in NOTES)
    return [
        Row("runs of numbers from 5e-324 to 1.8e308, whose report or diagnosis fails or lacks a part", RUNS, numbers),
        Row(
            "texts, names and notes that no program should write, of which the same is true",
            len(TEXTS + NAMES + NOTES),
            texts + named,
        ),
    ]


def _fails(make: Callable[..., None], *given: Any) -> bool:
    try:
        make(*given)
    except Exception as error:
        print(f"{given!r:.100}: {type(error).__name__}: {error}")
        return True
    return False


def _odd_run(chance: random.Random) -> LoggedRun:
    steps = chance.choice(STEPS)
    some = NUMBERS if chance.random() < 0.5 else (chance.choice(NUMBERS), 1.0, chance.choice(NUMBERS))
    chosen = [tag for tag in TAGS if chance.random() < 0.7]
    scalars = {tag: [(step, chance.choice(some)) for step in steps if chance.random() < 0.9] for tag in chosen}
    texts = {
        listing.KINDS: listing.text(dict.fromkeys(LAYERS, "Linear 4 → 4")),
        listing.ROWS: listing.text(dict.fromkeys(LAYERS, "4")),
    }
    return LoggedRun(
        scalars={tag: points for tag, points in scalars.items() if points}, texts=texts if chance.random() < 0.5 else {}
    )


def _draw(run: LoggedRun) -> None:
    section = Section(Exhibit("x", {".": run, "0_a": run}))
    assert "cannot be drawn" not in section.html("exhibit-0", 1)
    log = pages.Log("x", {"a": run}, {"a": run}.__getitem__)
    for entry in pages.entries(log):
        pages.page(log, entry["run"], entry["prefix"])
    list(diagnosing._of("a", run, ()))


def _report(name: bytes, note: str) -> None:
    from torchdemos.board import Board

    with TemporaryDirectory() as place:
        folder = Path(place) / os.fsdecode(name)
        with Board(folder) as board:
            board.log(0, {"loss": 1.0})
        (folder / run_folder.NOTE).write_text(note, encoding="utf-8")
        report(folder).save(Path(place) / "report.html")
        report(Path(place)).save(Path(place) / "report.html")
        assert events.runs(folder)
