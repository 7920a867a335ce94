"""Each mission solved in the page of a real session, by hand; and what the page shows is what the process has."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from patience import WAIT

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import asking, missions
from torchdemos.lab.playground.record import Record
from torchdemos.lab.playground.session import DIGITS, Session
from torchdemos.lab.training import accuracy
from torchdemos.view.live.page import Page

RATE, NEURON, LOSS, START, CHAIN = range(5)
A_3 = [(0.3, 0.25), (0.6, 0.2), (0.7, 0.35), (0.5, 0.48), (0.72, 0.65), (0.6, 0.8), (0.3, 0.78)]  # of the surface


@pytest.fixture(scope="module")
def session(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    listed = missions.built_in()
    over = threading.Event()
    with closing(Page(asking.checker(len(digits.test_labels), len(listed)), port=0)) as page:
        log = Record(tmp_path_factory.mktemp("live") / "log", digits.source, {})
        session = Session(page, digits, log, listed, 0, "normal")
        session.address = page.address  # type: ignore[attr-defined]
        thread = threading.Thread(target=session.run, args=[over.is_set])
        thread.start()
        yield session
        over.set()
        thread.join()
        log.close(session.courses, "")


@pytest.fixture
def page(open_page: Any, session: Session) -> Any:
    """The one page of this file."""
    if not open_page.url.startswith(session.address):  # type: ignore[attr-defined]
        open_page.goto(session.address)  # type: ignore[attr-defined]
    open_page.wait_for_selector("body[data-step]", timeout=WAIT)
    return open_page


@pytest.fixture
def choose(page: Any) -> Callable[[int], None]:
    def choose(place: int) -> None:
        page.click("button:has-text('fast')")
        page.click(f".mission-names button:text-is('{place + 1}')")
        page.wait_for_selector(f".mission-names [aria-pressed=true]:has-text('{place + 1}')", timeout=WAIT)

    return choose


def said(page: Any, words: str) -> None:
    """Wait until the mission says this of how far it is."""
    page.wait_for_selector(f".live-missions .progress:has-text('{words}')", timeout=WAIT)


def solved(page: Any, place: int) -> None:
    page.wait_for_selector(f".mission-names button.solved:has-text('{place + 1}')", timeout=WAIT)


def select(page: Any, name: str, value: str) -> None:
    page.select_option(f"[data-name={name}] select", value)


def type_rate(page: Any, rate: str) -> None:
    page.fill(".dial input", rate)
    page.press(".dial input", "Enter")


def test_the_largest_rate_is_found_by_dragging(page: Any, session: Session) -> None:
    knob, mark = page.locator(".knob").bounding_box(), page.locator(".zone .at").bounding_box()
    page.mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
    page.mouse.down()
    page.mouse.move(mark["x"] + 30, knob["y"], steps=4)
    said(page, "2 of 2")
    page.mouse.up()
    type_rate(page, "0.0505")
    solved(page, RATE)
    said(page, "Yours 0.0505, theory 0.0515.")


def test_what_the_page_shows_is_what_the_process_has(page: Any, session: Session, digits: Digits) -> None:
    page.click("button:has-text('pause')")
    page.wait_for_selector("button:has-text('go on')", timeout=WAIT)
    training, trial = session._trial.training, session._trial
    page.wait_for_selector(f"body[data-step='{training.step}']", timeout=WAIT)
    assert float(page.locator(".live-loss b").first.inner_text()) == pytest.approx(trial.loss, rel=5e-3)
    right = accuracy(training.model, digits.test_images[:DIGITS], digits.test_labels[:DIGITS])
    page.wait_for_selector(f".live-loss b:text-is('{100 * right:.1f} %')", timeout=WAIT)
    page.click("button:has-text('go on')")


def test_a_3_is_drawn_with_the_mouse(page: Any, choose: Callable[[int], None]) -> None:
    choose(NEURON)
    said(page, "2 of 2")
    page.click("button:has-text('draw')")
    box = page.locator(".surface").bounding_box()
    places = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in A_3]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    solved(page, NEURON)


def test_the_losses_of_knowing_nothing_are_read(page: Any, choose: Callable[[int], None]) -> None:
    choose(LOSS)
    select(page, "initialization", "zero")
    said(page, "2 of 4")
    for place, loss in ((3, "cross entropy"), (4, "NLL")):
        select(page, "loss", loss)
        page.click("button:has-text('start'):not(:has-text('starts'))")
        said(page, f"{place} of 4")
    type_rate(page, "0.5")
    solved(page, LOSS)


def test_five_neurons_stay_one_and_become_five(page: Any, choose: Callable[[int], None]) -> None:
    choose(START)
    select(page, "initialization", "constant")
    said(page, "2 of 2")
    select(page, "initialization", "Xavier")
    solved(page, START)


def test_twenty_sigmoid_layers_learn(page: Any, choose: Callable[[int], None]) -> None:
    choose(CHAIN)
    type_rate(page, "0.001")
    select(page, "optimizer", "Adam")
    select(page, "initialization", "huge")
    solved(page, CHAIN)
