"""One exhibit on the page: its order, and what is pinned."""

from pathlib import Path

import pytest
import torch
from event_files import VERSION, scalars, start, text, write
from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter

from torchdemos import report
from torchdemos.board import Board, values
from torchdemos.log import answers, run_folder, tags
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting import charts
from torchdemos.view.reporting.exhibits import Exhibit
from torchdemos.view.reporting.section import MANY_RUNS, Section

from .demo_log import a_demo, data_of


def test_the_page_answers_first_and_explains_below(tmp_path: Path) -> None:
    html = report(a_demo(tmp_path / "run")).html
    order = ["<h1>Why?</h1>", 'class="verdict"', "glance", "Predicted and measured", "Diagnosis", "Pictures", "Charts"]
    places = [html.index(part) for part in [*order, "The runs", "How it was made"]]
    assert places == sorted(places)
    assert "10<sup>-3</sup>" in html and "1 of 1 predictions" in html and "<strong>slow</strong>" in html
    assert "seed 0" in html and "/home/me" not in html and "ten digits" in html


def test_what_is_pinned_comes_first_and_once(tmp_path: Path) -> None:
    html = report(a_demo(tmp_path / "run")).html
    (data,) = data_of(html)
    assert data["charts"][0]["tag"] == tags.LOSS and data["cards"][0]["tag"] == "4_pictures/1_p"
    assert [chart["tag"] for chart in data["charts"]].count(tags.LOSS) == 1
    assert [card["title"] for card in data["cards"]] == ["p", "q"]


def page(question: str) -> answers.Page:
    return {"question": question, "answer": "It is **7**.", "hero": {"kind": "none"}, "cards": [], "claims": []}


def with_page(folder: Path, question: str) -> Path:
    """A demo that logged its page at the end, as it does today."""
    a_demo(folder, question)
    with SummaryWriter(str(folder), filename_suffix=".page") as writer:
        writer.file_writer.add_summary(Summary(value=[values.blobs(answers.TAG, [answers.pack(page(question))])]))
    return folder


def test_a_page_of_the_answer_view_stands_in_place_of_verdict_and_pinned_cards(tmp_path: Path) -> None:
    html = report(with_page(tmp_path / "run", "Why?")).html
    (data,) = data_of(html)
    assert data["answers"][0]["page"] == page("Why?") and data["answers"][0]["entry"]["run"] == "."
    assert '<div data-view="answer"><article class="answer"><h1>Why?</h1>' in html and "<strong>7</strong>" in html
    assert 'class="verdict"' not in html and 'class="grid glance"' not in html and html.count("<h1>") == 1
    assert [chart["tag"] for chart in data["charts"]].count(tags.LOSS) == 1
    assert "1 of 1 predictions" in html and "<strong>slow</strong>" in html


def test_the_five_questions_stand_in_their_order_before_other_runs(tmp_path: Path) -> None:
    questions = ["What is a neuron?", "What does the learning rate do?", "What is loss?", "What is the chain rule?"]
    with Board(tmp_path / "0_first") as board:
        board.log(0, scalars={"loss": 1.0})
    for place, question in enumerate(reversed(questions)):
        with_page(tmp_path / f"{place + 1}_run", question)
    html = report(tmp_path).html
    places = [html.index(f">{question}</a>") for question in [*questions, "What 0_first did in training"]]
    assert places == sorted(places)


@pytest.mark.parametrize(("runs", "opened"), [(MANY_RUNS, 3), (MANY_RUNS + 1, 1)])
def test_of_many_runs_only_the_first_group_of_charts_is_open_and_all_notes_are_one(runs: int, opened: int) -> None:
    points = {f"{group}/x": [(0, 1.0), (1, 2.0)] for group in ("1_overview", "2_a", "3_b", "4_c")}
    run = LoggedRun(scalars=points, texts={"changes": "none", "kinds": "none"})
    html = Section(Exhibit("live", {f"{i:02d}": run for i in range(runs)})).html("exhibit-0", 1)
    assert html.count("<details open>") == opened
    assert f"<summary>{2 * runs} notes</summary><details>" in html


def test_several_runs_share_the_size_of_one_page(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        with Board(tmp_path / name) as board:
            for step in range(10):
                board.log(step, pictures={"4_pictures/x": torch.rand(3, 200, 300)})
    assert len(report(tmp_path).html) < 3_000_000


def test_a_part_that_cannot_be_drawn_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts.Charts, "numbers", lambda self: 1 / 0)
    html = report(a_demo(tmp_path / "run")).html
    assert "The runs cannot be drawn: ZeroDivisionError: division by zero" in html
    assert "How it was made" in html and "1 of 1 predictions" in html and "<h3>The runs" not in html


def test_damage_and_restarts_are_told_and_marked(tmp_path: Path) -> None:
    points = [scalars(step, a=float(step)) for step in range(9)]
    write(tmp_path / "run", [VERSION, *points, start(4), *points[4:]])
    (path,) = (tmp_path / "run").iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    html = report(tmp_path / "run").html
    assert "The run began again at step 4: what it had logged from there on before is not shown." in html
    assert "bytes are cut off or still being written." in html
    (data,) = data_of(html)
    assert data["charts"][0]["restarts"] == [4]


@pytest.mark.parametrize("name", [run_folder.NOTE, run_folder.RESULT])
def test_a_note_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    a_demo(tmp_path / "run")
    (tmp_path / "run" / name).write_text("[" * 100_000)
    assert f"{name} holds no note that can be read" in report(tmp_path / "run").html


def test_of_very_much_text_and_very_many_tags_the_beginning_is_shown_and_the_rest_named(tmp_path: Path) -> None:
    long = {f"n{number}/text_summary": "word " * 20_000 for number in range(20)}
    many = [scalars(step, **{f"group{number}/a": 1.0 for number in range(charts.MAX_CHARTS + 7)}) for step in (0, 1)]
    write(tmp_path / "run", [VERSION, *(text(0, words, tag) for tag, words in long.items()), *many])
    html = report(tmp_path / "run").html
    assert len(html) < 2_000_000 and "50,000 more characters are left out" in html
    assert "the charts of 7 tags; 10 notes" in html
