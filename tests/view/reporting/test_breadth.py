"""Folders that gather logs by chance are asked to be narrowed."""

from pathlib import Path

import pytest

from torchdemos import cli, report
from torchdemos.view.reporting import breadth

from .demo_log import a_demo


def runs(folder: Path, count: int) -> Path:
    for i in range(count):
        (folder / f"run{i}").mkdir(parents=True)
        (folder / f"run{i}" / "events.out.tfevents.1").touch()
    return folder


def test_thirty_runs_are_one_log_and_more_are_not(tmp_path: Path) -> None:
    breadth.check(runs(tmp_path / "some", 30))
    with pytest.raises(ValueError, match=r"31 runs lie below .*many: name a narrower folder, such as .*many/run0, or"):
        breadth.check(runs(tmp_path / "many", 31))


def test_runs_among_more_folders_of_another_kind_are_there_by_chance(tmp_path: Path) -> None:
    runs(tmp_path / "logs", 2)
    (tmp_path / "checkpoints").mkdir()
    breadth.check(tmp_path)
    (tmp_path / "src").mkdir()
    with pytest.raises(ValueError, match="2 runs lie below .*/logs, or take the newest of them with --newest"):
        breadth.check(tmp_path)


def test_one_run_is_what_was_meant_wherever_it_lies(tmp_path: Path) -> None:
    a_demo(tmp_path / "logs" / "demo")
    for name in ("src", "docs", ".git"):
        (tmp_path / name).mkdir()
    breadth.check(tmp_path)
    breadth.check(tmp_path / "logs" / "demo")


def test_a_flag_takes_the_newest_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        a_demo(tmp_path / "logs" / name, f"{name}?")
    for name in ("src", "docs"):
        (tmp_path / name).mkdir()
    with pytest.raises(SystemExit):
        cli.main(["report", str(tmp_path)])
    assert "2 runs lie below" in capsys.readouterr().err
    cli.main(["report", str(tmp_path), "--newest"])
    assert "The report is in" in capsys.readouterr().out
    assert ">b?</a>" in report(tmp_path, newest=True).html
