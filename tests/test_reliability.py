"""The trials behind docs/reliability.md run; a few of each kind are part of every test run."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.reliability import __main__ as command
from benchmarks.reliability import branches, mutations, odd_values
from benchmarks.reliability.row import Row


def test_no_mutated_file_gives_what_was_never_written() -> None:
    for before, after in mutations.mutated(60, seed=1):
        was, now = mutations.items(before), mutations.items(after)
        assert now <= was
        assert now == was or after.damage or after.restarts


def test_numbers_at_the_ends_of_a_float_make_a_whole_report() -> None:
    chance = random.Random(1)
    for _ in range(10):
        odd_values._draw(odd_values._odd_run(chance))


def test_rows_are_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(branches, "trial", lambda: [Row("restarts", 1000, 0)])
    monkeypatch.setattr("sys.argv", ["reliability", "branches"])
    command.main()
    assert capsys.readouterr().out == "| what | tried | lost |\n|---|---|---|\n| restarts | 1,000 | 0 |\n"
    monkeypatch.setattr("sys.argv", ["reliability", "nothing"])
    with pytest.raises(SystemExit):
        command.main()
