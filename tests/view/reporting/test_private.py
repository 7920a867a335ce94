"""A page does not tell where its author's files are."""

from pathlib import Path

import pytest

from torchdemos import report
from torchdemos.log import run_folder
from torchdemos.view.reporting.private import without_home

from .demo_log import CLAIM, a_demo


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("in /home/me/logs, too", "in ~/logs, too"),
        ("`/Users/bob`", "`~`"),
        (r"C:\Users\me\logs", r"~\logs"),
        (f"{Path.home()}/logs", "~/logs"),
        (f"{Path.home()}fs and http://a/home/b", f"{Path.home()}fs and http://a/home/b"),
    ],
)
def test_a_home_folder_is_a_tilde(words: str, shown: str) -> None:
    assert without_home({words: [words, 1]}) == {shown: [shown, 1]}


def test_a_report_shows_no_home_wherever_the_log_has_one(tmp_path: Path) -> None:
    home = "/home/somebody"
    folder = a_demo(tmp_path / "run", f"Why {home}/why?")
    run_folder.describe(folder, "demo", {"data": f"{home}/data", "log_dir": home}, [])
    run_folder.conclude(folder, "demo", {}, f"{home}/mnist", f"**{home}**", [dict.fromkeys(CLAIM, home)])
    html = report(folder).html
    assert "somebody" not in html and "~/data" in html and "~/mnist" in html and "Why ~/why?" in html
