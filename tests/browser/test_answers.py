"""The Answer view as TensorBoard's tab opens on it: one answer, many, or a sentence, also while training runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import neuron_logs
import pytest
from patience import WAIT
from torch.utils.tensorboard import SummaryWriter

from torchdemos.board import Board
from torchdemos.log import answers, tags

EVIL = "<img src=x onerror=alert(1)>'ü"

PAUSES = """async () => {
  const {followChanges} = await import("./static/changes.js");
  const [pauses, own, now] = [[], window.setTimeout, performance.now];
  performance.now = () => 0;
  return new Promise((done) => {
    window.setTimeout = (next, pause) => { // the page's own looks cannot come in between
      if (pauses.push(pause) < 5) return next();
      [window.setTimeout, performance.now] = [own, now];
      done(pauses);
    };
    followChanges(async () => "the same", () => {});
  });
}"""


def page_of(question: str, answer: str, value: float = 1.0) -> answers.Page:
    bars = {"bars": [{"name": EVIL, "value": value, "text": f"{value}", "colour": "var(--blue)"}]}
    card: answers.Card = {"title": EVIL, "condition": EVIL, "about": EVIL, "kind": "bars", "data": bars}
    claim = {"claim": EVIL, "predicted": "1", "measured": "1", "agrees": "yes"}
    return {"question": question, "answer": answer, "hero": {}, "cards": [card], "claims": [claim],
            "now_try": {"command": EVIL, "expect": EVIL}}  # fmt: skip


def log_page(board: Board, page: answers.Page, step: int = 0) -> None:
    board.log(step, blobs={answers.TAG: [answers.pack(page)]})


@pytest.fixture(scope="module")
def because(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    """The address of a log that has one answer and does not grow."""
    with Board(tmp_path_factory.mktemp("because") / "run") as board:
        log_page(board, page_of("Why?", "Because."))
    return tensorboard(board.folder)


def opened(page: Any, url: str, ready: str) -> Any:
    """The frame of the tab, once that is there. Nobody reloads: the tab looks again by itself."""
    page.goto(f"{url}#torchdemos")
    frame = page.wait_for_selector("iframe", timeout=WAIT).content_frame()
    frame.wait_for_selector(ready, timeout=WAIT)
    return frame


def fit(frame: Any) -> None:
    """Wait until all fits the width: pictures are drawn anew for another one."""
    frame.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=WAIT)


def test_a_folder_of_logs_lists_the_newest_of_each_question_and_folds_the_older(
    page: Any, tmp_path: Path, tensorboard: Callable[[Path], str]
) -> None:
    logs = tmp_path / "logs"
    for stamp, answer in (("2026-01-01", "Old."), ("2026-01-02", f"It is **7** {EVIL}.")):
        with Board(logs / EVIL / stamp) as board:
            log_page(board, page_of(f"What is loss? {EVIL}", answer))
    with Board(logs / "mine") as board:
        neuron_logs.gradients(board, -0.5)
    with SummaryWriter(str(logs / "theirs")) as writer:
        for step in range(3):
            writer.add_scalar(f"loss/{EVIL}", step, step)
    frame = opened(page, tensorboard(logs), ".answer .older")
    page.set_viewport_size({"width": 390, "height": 844})
    questions = frame.locator(".answer > .entries button b").all_inner_texts()
    assert questions == [f"What is loss? {EVIL}", "Is mine healthy?", "What did training do?"]
    assert frame.locator(".answer > .entries p").first.inner_text() == f"It is 7 {EVIL}."
    assert frame.locator(".older summary").inner_text() == "1 older run"
    fit(frame)
    frame.click(".older summary")
    frame.click(".older li button")
    frame.wait_for_selector(".said")
    assert frame.locator(".said").inner_text() == "Old."
    frame.click("button[aria-label='all answers']")
    frame.click("text=What did training do?")
    frame.wait_for_selector(".said:has-text('another program than torchdemos')")
    frame.wait_for_selector(".card-of-answer svg", timeout=WAIT)
    assert frame.locator(".card-of-answer svg").count() == 1
    fit(frame)


def test_one_answer_is_shown_at_once_and_its_words_are_never_html(
    page: Any, tmp_path: Path, tensorboard: Callable[[Path], str]
) -> None:
    with Board(tmp_path / "run") as board:
        log_page(board, page_of(EVIL, EVIL))
    frame = opened(page, tensorboard(board.folder), ".card-of-answer svg")
    assert frame.locator("h1").inner_text() == EVIL and frame.locator(".said").inner_text() == EVIL
    assert frame.locator(".try code").inner_text() == EVIL and frame.locator("img").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    frame.click(".measured summary")
    fit(frame)
    agrees = frame.locator(".measured td.agrees").bounding_box()
    assert agrees["x"] + agrees["width"] <= 390


def test_a_run_in_training_says_so_and_its_page_grows_without_closing_what_is_open(
    page: Any, tmp_path: Path, tensorboard: Callable[[Path], str]
) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, texts={"README": "# Why?\n\n## The runs"})
        variant = board.variant("0_vanish")
        for step in range(3):
            variant.log(step, scalars={tags.LOSS_CAPPED: 2.0 - step})
        frame = opened(page, tensorboard(board.folder), ".card-of-answer svg")
        assert frame.locator("h1").inner_text() == "Why?"
        assert frame.locator(".said b").inner_text() == "Still running."
        assert "vanish" in frame.locator(".card-of-answer svg").get_attribute("aria-label")
        log_page(board, page_of("Why?", "Because."), step=1)
        frame.wait_for_selector(".said:has-text('Because.')", timeout=WAIT)
        frame.click(".measured summary")
        log_page(board, page_of("Why?", "Because of **2**.", value=2.0), step=2)
        frame.wait_for_selector(".said:has-text('Because of 2.')", timeout=WAIT)
        assert frame.locator(".measured[open]").count() == 1


@pytest.mark.parametrize("setting", ["true", "false"])
def test_tensorboards_own_reload_setting_goes_first(page: Any, because: str, setting: str) -> None:
    stored = f"localStorage.setItem('_tb_global_settings', JSON.stringify({{autoReload: {setting}}}))"
    page.add_init_script(f"if (location.protocol === 'http:') {stored}")
    opened(page, because, ".said, [data-problem]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/changes" in request.url else None)
    page.wait_for_timeout(3000)
    assert asked == []


def test_a_log_that_does_not_grow_is_asked_about_less_and_less_often(page: Any, because: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("?")[0].rpartition("/")[2]))
    frame = opened(page, because, ".said")
    asked.clear()
    for _ in range(2):
        with page.expect_request("**/changes*", timeout=WAIT):
            pass
    assert asked.count("answers") <= 1
    assert frame.evaluate(PAUSES) == [1000 * 1.5**looks for looks in range(5)]


def test_nothing_is_drawn_before_it_has_its_style(page: Any, because: str) -> None:
    asked: list[str] = []
    held: list[Any] = []
    page.route("**/answer.css", lambda route: held.append(route))
    page.on("request", lambda request: asked.append(request.url) if "/answers" in request.url else None)
    with page.expect_response("**/changes*", timeout=WAIT):
        page.goto(f"{because}#torchdemos")
    page.wait_for_timeout(1000)
    assert asked == [] and held
    for style in held:
        style.continue_()
    page.wait_for_selector("iframe", timeout=WAIT).content_frame().wait_for_selector(".said", timeout=WAIT)
