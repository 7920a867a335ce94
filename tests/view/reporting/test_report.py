"""The report: what cannot get onto the page, and how it is saved and shown."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from full_disk import no_file_above

from torchdemos import cli, report
from torchdemos.board import Board
from torchdemos.log import run_folder
from torchdemos.view.reporting.report import Report

from .demo_log import CLAIM, a_demo, data_of

EVIL = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(1)>"


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        run_folder.describe(tmp_path / "run", "demo", {EVIL: EVIL}, [("images", "p", EVIL), ("scalars", EVIL, None)])
        board.describe({"a": EVIL})
        variant = board.variant("<img src=x onerror=alert(1)>")
        for step in range(2):
            variant.log(step, scalars={EVIL: 1.0, "a": 1.0})
        board.log(0, texts={"README": f"# {EVIL}\n\n## The runs\n\n|{EVIL}|\n\n[x](javascript:alert(1))", EVIL: EVIL})
    run_folder.conclude(tmp_path / "run", "demo", {}, EVIL, EVIL, [dict.fromkeys(CLAIM, EVIL)])
    html = report(tmp_path / "run").html
    page = re.sub(r"<script type=.module.>.*?</script>\s*</body>", "", html, flags=re.DOTALL)
    assert page.count("<script") == 1 and "<img" not in page and 'href="java' not in page
    assert EVIL in json.dumps(data_of(html)).encode().decode("unicode_escape")


def test_half_a_character_in_a_note_does_not_keep_the_page_from_being_saved(tmp_path: Path) -> None:
    folder = a_demo(tmp_path / "run")
    run_folder.conclude(folder, "demo", {}, "", "a \ud800 b", [])
    assert '<p class="verdict">a ? b</p>' in report(folder).save(tmp_path / "r.html").read_text()


def test_a_notebook_shows_it_in_a_frame_of_its_own(tmp_path: Path) -> None:
    made = report(a_demo(tmp_path / "run"))
    frame = made._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;') and 'sandbox="allow-scripts"' in frame
    assert frame.count("<") == 2


def test_a_full_disk_leaves_the_report_that_was_there(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    Report("the old one").save(page)
    with no_file_above(100), pytest.raises(OSError, match="cannot write the report .*page.html: File too large"):
        Report("the new one" * 100).save(page)
    assert page.read_text(encoding="utf-8") == "the old one" and list(tmp_path.iterdir()) == [page]


def test_the_command_writes_beside_the_log_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = a_demo(tmp_path / "run")
    cli.main(["report", str(folder)])
    assert f"The report is in {folder / 'report.html'}" in capsys.readouterr().out
    cli.main(["report", str(folder), "-o", str(tmp_path / "mine.html")])
    assert (tmp_path / "mine.html").read_text() == (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no log folder nowhere"),
        (["empty"], "there is no TensorBoard log in empty"),
        (["run", "-o", "gone/x.html"], "cannot write the report gone/x.html: No such file"),
        ([], "there is no log folder logs: run a demo first"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    a_demo(Path("run"))
    with pytest.raises(SystemExit) as stopped:
        cli.main(["report", *arguments])
    assert stopped.value.code == 2 and said in " ".join(capsys.readouterr().err.split())


def test_a_report_needs_no_pytorch(tmp_path: Path) -> None:
    folder = a_demo(tmp_path / "run")
    code = (
        "import sys\nfrom torchdemos import cli\n"
        f"cli.main(['report', {str(folder)!r}])\nprint({{'torch', 'numpy', 'PIL'}} & sys.modules.keys())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.endswith("set()\n")
