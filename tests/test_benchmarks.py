"""The benchmarks run and make their tables; what they measure, only they can tell."""

import io
import json
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from torchdemos.cli.parsing import COMMANDS

FOLDER = Path(__file__).parent.parent / "benchmarks"
WATCHERS = ["bare", "bare_again", "torchdemos", "torchdemos_10", "torchdemos_between", "by_hand"]


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports one part of the benchmarks."""
    monkeypatch.syspath_prepend(FOLDER)
    return import_module


@pytest.fixture
def overhead(part: Callable[[str], ModuleType]) -> ModuleType:
    return part("overhead")


def lines(page: str, table: int) -> list[list[str]]:
    """The cells of one of a page's tables, without the rule under its head."""
    tables = [part for part in page.split("\n\n") if part.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in tables[table].splitlines()]
    return [rows[0], *rows[2:]]


def test_a_watcher_a_row_and_a_workload_a_column(overhead: ModuleType) -> None:
    found = {name: overhead.contest(name, WATCHERS, rounds=1, seconds=0.01) for name in ("T1", "T2")}
    found = json.loads(json.dumps(found))  # as it is kept
    ratios = lines(overhead.page(found), 0)
    assert ratios[0] == ["watcher", "T1", "T2"] and len(ratios) == 1 + len(WATCHERS) + 1
    assert ratios[1] == ["bare", "1.00 [1.00, 1.00]", "1.00 [1.00, 1.00]"]
    assert "floor" in ratios[-1][0] and all(float(cell) > 1 for cell in ratios[-1][1:])
    assert [row[0].split(":")[0] for row in lines(overhead.page(found), 1)[1:]] == ["T1", "T2"]
    assert len(lines(overhead.page(found), 2)) == 1 + len(WATCHERS)


def test_every_watcher_leaves_training_as_it_is(overhead: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overhead.timing, "LONGEST", 1e9)  # so that all make as many steps, however slow one was
    cells = overhead.contest("T1", WATCHERS, rounds=1, seconds=0.0)["cells"]
    assert list(cells) == WATCHERS and cells["torchdemos_between"]["same"]
    assert all(cell["same"] is not False for cell in cells.values())


def test_a_tool_that_fails_loses_its_cell_only(overhead: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no room")

    watcher = overhead.ALL["by_hand"].__class__("broken", "nothing", fail)
    monkeypatch.setitem(overhead.ALL, "broken", watcher)
    page = overhead.page({"T1": overhead.contest("T1", ["bare", "broken"], rounds=1, seconds=0.0)})
    assert ["broken", "fails"] in lines(page, 0) and "broken on T1: `no room`" in page


def test_an_unknown_watcher_is_named(overhead: ModuleType) -> None:
    assert overhead.choose(["torchdemos*"]) == [
        "torchdemos",
        "torchdemos_without_numba",
        "torchdemos_10",
        "torchdemos_recorder",
        "torchdemos_between",
    ]
    with pytest.raises(LookupError, match="no watcher is called wnadb"):
        overhead.choose(["bare", "wnadb"])


def test_a_look_reads_nothing_value_by_value(part: Callable[[str], ModuleType]) -> None:
    device = part("device")
    alone = {name: device.counts("T2", name)["block"]["number read alone (`.item()`)"] for name in device.NAMES}
    assert alone["bare"] == alone["torchdemos"] == 0 < alone["by_hand"]


def test_event_files_hold_every_scalar_either_way(part: Callable[[str], ModuleType]) -> None:
    files = part("files")
    look, scalar = (files.round_trip(way, points=500) for way in files.WAYS)
    assert look["points"] == scalar["points"] > 400


def test_each_exhibit_is_a_command(part: Callable[[str], ModuleType], tmp_path: Path) -> None:
    exhibits = part("exhibits")
    assert set(exhibits.NAMES) <= set(COMMANDS)
    subprocess.run([*exhibits.command(exhibits.NAMES[0], tmp_path), "--help"], check=True, capture_output=True)


def test_help_is_timed(part: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    importing = part("importing")
    monkeypatch.setattr(importing, "REPEATS", 2)
    assert importing.measure("help", None)["seconds"][0] > 0


def test_a_page_costs_ratios_touches_milliseconds_and_drags_are_counted(part: Callable[[str], ModuleType]) -> None:
    live = part("live")
    ratios = {name: [0.9, 1.0, 1.25] for name in ("watch", "again", "nobody", "page")}
    kinds: dict[str, dict[str, Any]] = {
        "touch": {"seconds": [0.02] * 20},
        "frames": {"per_second": 19.96, "steps": 58.7},
        "time": ratios,
        "start": {"picture": [2.5], "steps": [3.0]},
        "mark": {"turned": [True, False], "multiples": [0.995, 1.005]},
    }
    found = {subject: {"load": 0.5, **kinds[subject.split()[0]]} for subject in live.subjects()}
    cells = {row[0]: row[1:] for row in lines(live.page(found), 0)}
    assert cells["from the touch to the step, fast"] == ["20 ms, 95%: 20 ms", "100 ms, 95%: 250 ms", "0.5"]
    assert cells["frames a second, 30 x 100"] == ["20.0 at 59 steps a second", "10", "0.5"]
    assert cells["time, own loop, W1, a page open"] == ["1.00 [0.90, 1.25]", "1.15", "0.5"]
    assert cells["from the command to the picture"] == ["2.50 [2.50, 2.50] s", "3 s", "0.5"]
    assert cells["drags beside the mark that turn the loss"] == ["1 of 2", "all", "0.5"]


def test_steps_are_read_as_far_as_they_are_noted(part: Callable[[str], ModuleType]) -> None:
    notes = io.StringIO("10.0 0 0.01 4.5\n10.5 1 0.01 4.25\n11.0 2 0.05 4.")
    live = part("touched").Live("", notes)
    assert live.losses(0, 2) == [4.5, 4.25]
    end = notes.tell()
    notes.write("0\n")
    notes.seek(end)
    assert live.first_with(0.05, since=10.6).loss == 4.0 and live.steps_per_second(1.0) == 2.0
