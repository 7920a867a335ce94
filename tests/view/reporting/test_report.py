"""The report: what is on the page, how large it is, and what cannot get onto it."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from torchdemos import cli, report
from torchdemos.board import Board
from torchdemos.log import run_folder, tags
from torchdemos.view import web
from torchdemos.view.reporting import bundle, charts, findings, fitting, markdown
from torchdemos.view.reporting.charts import Charts
from torchdemos.view.reporting.exhibits import Exhibit, find

EVIL = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(1)>"
CLAIM = {"claim": "a * b", "source": "Euler", "predicted": "1", "measured": "1.01", "difference": "1%", "agrees": "yes"}


def data_of(html: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    content: list[dict[str, Any]] = json.loads(found[1])
    return content


def a_demo(folder: Path, question: str = "Why?") -> Path:
    with Board(folder) as board:
        pins = [("scalars", tags.LOSS, None), ("images", "4_pictures/1_p", "0_he"), ("images", "gone", ".")]
        run_folder.describe(folder, "demo", {"seed": 0, "full": False, "log_dir": "/home/me"}, pins)
        board.log(0, texts={"README": f"# {question}\n\n## The runs\n\n|run|what it is|\n|---|---|\n|0_he|He|"})
        variant = board.variant("0_he")
        for step in range(600):
            variant.log(step, scalars={tags.LOSS: 2.0 / (step + 1), "9_last/x": math.nan if step else 1.0})
        variant.log(0, scalars={"final/accuracy": 0.5})
        for step in (0, 5):
            variant.log(step, pictures={"4_pictures/1_p": torch.rand(3, 8, 8), "4_pictures/2_q": torch.rand(3, 8, 8)})
        board.log(1, texts={"RESULT": "**It holds.**\n\n### Diagnosis\n\n* 0_he: **slow**. Wait."})
    run_folder.conclude(folder, "demo", {}, "ten digits", "It *does* 10^-3.", [CLAIM])
    return folder


def test_the_page_answers_first_and_explains_below(tmp_path: Path) -> None:
    html = report(a_demo(tmp_path / "run")).html
    order = ["<h1>Why?</h1>", 'class="verdict"', "glance", "Predicted and measured", "Diagnosis", "Pictures", "Charts"]
    places = [html.index(part) for part in [*order, "The runs", "How it was made"]]
    assert places == sorted(places)
    assert "10<sup>-3</sup>" in html and "1 of 1 predictions" in html and "<b>slow</b>" in html
    assert "seed 0" in html and "/home/me" not in html and "ten digits" in html


def test_what_is_pinned_comes_first_and_once(tmp_path: Path) -> None:
    html = report(a_demo(tmp_path / "run")).html
    (data,) = data_of(html)
    assert data["charts"][0]["tag"] == tags.LOSS and data["cards"][0]["tag"] == "4_pictures/1_p"
    assert [chart["tag"] for chart in data["charts"]].count(tags.LOSS) == 1
    assert [card["title"] for card in data["cards"]] == ["p", "q"]


def test_long_curves_are_thinned_and_what_is_not_finite_is_no_number(tmp_path: Path) -> None:
    (data,) = data_of(report(a_demo(tmp_path / "run")).html)
    loss, last = data["charts"]
    points = loss["series"][0]["points"]
    assert len(points) == 300 and points[0] == [0, 2.0] and points[-1][0] == 599
    assert last["series"][0]["points"][1][1] is None
    assert not loss["y"]["log"]


def test_a_chart_that_spans_many_decades_is_logarithmic() -> None:
    drawn = Charts({"0_a": run_of({"loss": [(0, 1e-3), (1, 10.0)], "2_log10/x": [(0, 1e-3), (1, 10.0)]})})
    assert drawn.of_tag("loss")[0]["y"]["log"] and not drawn.of_tag("2_log10/x")[0]["y"]["log"]


def run_of(scalars: dict[str, list[tuple[int, float]]]) -> Any:
    from torchdemos.view.events import Run

    return Run(scalars=scalars)


def test_no_chart_has_more_than_seven_lines() -> None:
    curve = [(0, 1.0), (1, 2.0)]
    runs = {
        f"{i}_run": run_of({"1_overview/loss": curve} | {f"2_x/{j:02d}_fc": curve for j in range(9)}) for i in range(8)
    }
    drawn = Charts(runs)
    assert [len(chart["series"]) for chart in drawn.of_tag("1_overview/loss")] == [4, 4]
    _, layers = drawn.groups()
    assert len(layers.charts) == 8 and all(len(chart["series"]) == 7 for chart in layers.charts)
    assert layers.charts[0]["title"] == "0_run (7 of 9)"


def test_a_prediction_has_the_colour_of_its_run_and_is_dashed() -> None:
    curve = [(0, 1.0), (1, 2.0)]
    drawn = Charts({name: run_of({"loss": curve}) for name in ("0.theory", "0_a", "1_b", "1.theory")})
    lines = {line["name"]: line for line in drawn.of_tag("loss")[0]["series"]}
    assert list(lines) == ["0_a", "1_b", "0.theory", "1.theory"]
    assert lines["1.theory"]["colour"] == lines["1_b"]["colour"] != lines["0_a"]["colour"]
    assert lines["1.theory"]["dashed"] and "dashed" not in lines["1_b"]


def test_a_watched_model_is_diagnosed_from_its_log(tmp_path: Path) -> None:
    with Board(tmp_path / "mine") as board:
        norms = {f"{tags.GRADIENT_NORM}/{tags.layer(i, f'fc{i}')}": i - 6.0 for i in range(6)}
        board.log(0, scalars=norms | {"loss": 2.3})
        board.log(10, scalars=norms | {"loss": 2.3})
    (exhibit,), _ = find(tmp_path / "mine")
    assert exhibit.question == "What mine did in training"
    assert findings.of(exhibit).startswith("* **vanishing gradient**. On its way back to 'fc0'")
    assert data_of(report(tmp_path / "mine").html)[0]["gradients"][0]["profile"]["layers"] == [
        f"fc{i}" for i in range(6)
    ]


def test_a_gradient_that_is_missing_at_the_end_was_zero_or_is_marked_as_broken(tmp_path: Path) -> None:
    def kind(last: dict[str, float]) -> str:
        first = {f"{tags.GRADIENT_NORM}/0{i}_fc{i}": 0.0 for i in range(3)}
        runs = {tag: [(0, value)] for tag, value in first.items()}
        for tag, value in last.items():
            runs.setdefault(tag, []).append((1, value))
        return findings.of(Exhibit("x", {".": run_of(runs)})).split("**")[1]

    rest = {f"{tags.GRADIENT_NORM}/0{i}_fc{i}": 0.0 for i in (1, 2)}
    assert kind(rest) == "vanishing gradient"
    assert kind(rest | {f"{tags.NONFINITE}_grad/00_fc0": 1.0}) == "not finite"


def test_the_tags_are_those_of_the_board() -> None:
    assert findings.NONFINITE == tags.NONFINITE and f"{tags.NONFINITE}_grad" == findings.BROKEN_GRADIENT
    assert f"{tags.ACTIVATION_STATISTIC}_std" == findings.SPREAD
    assert f"{tags.ACTIVATION_STATISTIC}_saturated_units" == findings.SATURATED


def test_several_runs_have_a_table_of_contents(tmp_path: Path) -> None:
    a_demo(tmp_path / "one" / "a", "First?")
    a_demo(tmp_path / "two" / "b", "Second?")
    html = report(tmp_path).html
    assert html.index('<a href="#exhibit-0">First?</a>') < html.index('<section class="exhibit" id="exhibit-0"')
    assert len(data_of(html)) == 2 and html.count("<h1>") == 1


def test_of_many_runs_the_newest_are_shown_and_the_others_named(tmp_path: Path) -> None:
    for i in range(10):
        with Board(tmp_path / f"run{i}") as board:
            board.log(0, scalars={"a": 1.0})
            run_folder.describe(tmp_path / f"run{i}", "watch", {}, [])
    html = report(tmp_path).html
    assert len(data_of(html)) == 8 and "Left out: 2 older runs (run0, run1)" in html


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


@pytest.mark.parametrize("note", ["[]", "{", '{"pins": 3, "config": 4}', '{"pins": [[1], [1, 2, 3]]}', "[" * 10**5])
def test_notes_of_somebody_else_do_no_harm(tmp_path: Path, note: str) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={"a": 1.0})
    for name in (run_folder.NOTE, run_folder.RESULT):
        (tmp_path / "run" / name).write_text(note)
    assert "What run did in training" in report(tmp_path / "run").html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# A `b` **c**", "<h1>A <code>b</code> <b>c</b></h1>"),
        ("one\ntwo\n\nthree", "<p>one two</p>\n<p>three</p>"),
        ("* a\n* b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("```\n<b>\n```", "<pre>&lt;b&gt;</pre>"),
        ("[a](https://x.org/?q=1&r=2)", '<p><a href="https://x.org/?q=1&amp;r=2">a</a></p>'),
        ("[a](#b)", '<p><a href="#b">a</a></p>'),
        ("[a](javascript:alert(1))", None),
        ("[a](?pinnedCards=1#timeseries)", "<p>a</p>"),
        ("`**a**`", "<p><code>**a**</code></p>"),
        ("|", None),
        ("# ", None),
    ],
)
def test_markdown_becomes_html(source: str, expected: str | None) -> None:
    made = markdown.html(source)
    assert expected is None or made == expected
    assert 'href="java' not in made


def test_a_markdown_table_scrolls_on_its_own() -> None:
    made = markdown.html("|a|b|\n|---|---|\n|1|2|")
    assert made.startswith('<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead>')
    assert "<td>1</td><td>2</td>" in made


def test_middle_steps_go_first_and_then_whole_series() -> None:
    series = {"a": [(i, "x") for i in range(10)], "b": [(i, "y") for i in range(10)]}
    sizes = {"a": [10] * 10, "b": [10] * 10}
    assert fitting.fit(series, sizes, 1000) == series
    kept = fitting.fit(series, sizes, 60)
    assert [step for step, _ in kept["a"]] == [0, 4, 9]
    assert fitting.fit(series, sizes, 15) == {"a": [(9, "x")]}
    assert fitting.left_out("pictures", series, kept) == ["14 of 20 pictures"]
    assert fitting.left_out("pictures", series, series) == []


def test_a_page_of_large_pictures_and_snapshots_stays_under_3_mb_and_says_what_is_missing(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for step in range(10):
            noise = {f"4_pictures/{i}": torch.rand(3, 200, 200) for i in range(4)}
            board.log(step, pictures=noise, blobs={tags.NEURONS: [bytes(400_000)]})
    html = report(tmp_path / "run").html
    assert len(html) < 3_000_000
    assert re.search(r"left out were 7 of 10 snapshots of neurons; \d+ of 40 pictures", html)


def test_the_script_holds_each_module_once_and_nothing_twice() -> None:
    script = bundle.script()
    assert "import" not in re.findall(r"^\w+", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)) > 50
    assert script.index("function element(") < script.index("function chart(") < script.index("fillReport();")


def test_a_notebook_shows_it_in_a_frame_of_its_own(tmp_path: Path) -> None:
    made = report(a_demo(tmp_path / "run"))
    frame = made._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;') and 'sandbox="allow-scripts"' in frame
    assert frame.count("<") == 2


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


def test_the_colours_are_those_of_the_drawing_code() -> None:
    source = (web.FOLDER / "colours.js").read_text()
    (named,) = re.findall(r"LINES = (\[.*?\]);", source)
    assert json.loads(named) == list(charts.COLOURS)
