"""The page of a live training as its reader uses it, beside a training that is a formula."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import live_scene
import pytest
from live_fake import MARK, Fake
from patience import WAIT

CUT = "\N{HORIZONTAL ELLIPSIS}"
HOSTILE = "<img src=x onerror=alert(1)>"
CURVES = "[...document.querySelectorAll('.live-plot')[0].querySelectorAll('.curve path:last-child')]"


ALL_IN_SIGHT = """() => {
  const edges = [...document.querySelectorAll(".live-layers .strip")].map((row) => row.getBoundingClientRect());
  const isHalfHidden = ({top, bottom}) => top < edges.at(-1).top && bottom > edges.at(-1).top;
  const {scrollWidth, scrollHeight} = document.documentElement;
  const isWhole = scrollWidth === innerWidth && scrollHeight === innerHeight;
  return isWhole && edges.length && !edges.slice(0, -1).some(isHalfHidden);
}"""


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    fake = Fake()
    yield fake
    fake.close()


@pytest.fixture
def page(open_page: Any, fake: Fake) -> Any:
    """The one page of this file, alive."""
    if not open_page.url.startswith(fake.page.address):
        visit(open_page, fake)
    return open_page


def visit(page: Any, fake: Fake) -> None:
    page.goto(fake.page.address)
    page.wait_for_selector("body[data-step] .cells canvas", timeout=WAIT)


def until(reached: Callable[[], Any], page: Any) -> None:
    """Playwright's own events must go on meanwhile."""
    end = time.monotonic() + WAIT / 1000
    while not reached():
        assert time.monotonic() < end
        page.wait_for_timeout(5)


def asked(fake: Fake, name: str) -> list[Any]:
    return [value for change, value in fake.asked if change == name]


def centre(page: Any, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_learning_rate_acts_while_it_is_dragged(page: Any, fake: Fake) -> None:
    x, y = centre(page, ".knob")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=6)
    until(lambda: fake.rate > MARK, page)  # the button is still down
    page.wait_for_selector(".dial.beyond", timeout=WAIT)
    page.mouse.up()
    until(lambda: float(page.get_attribute(".track-box", "aria-valuenow")) == fake.rate, page)
    assert "the mark" in page.get_attribute(".track-box", "aria-valuetext")


def test_buttons_set_the_rate_exactly_beside_the_mark(page: Any, fake: Fake) -> None:
    for place, part in enumerate((0.995, 1.005)):
        page.locator(".marked button").nth(place).click()
        until(lambda part=part: fake.rate == pytest.approx(part * MARK, rel=1e-12), page)  # type: ignore[misc]


def test_keys_move_the_rate_in_fine_steps_and_to_both_ends(page: Any, fake: Fake) -> None:
    page.focus(".track-box")
    page.keyboard.press("Home")
    until(lambda: fake.rate == 1e-4, page)
    page.keyboard.press("ArrowRight")
    until(lambda: fake.rate == pytest.approx(1.01e-4), page)
    page.keyboard.press("End")
    until(lambda: fake.rate == 10, page)


def test_a_number_is_typed_and_a_wrong_one_is_refused_in_a_sentence(page: Any, fake: Fake) -> None:
    page.fill(".dial-number input", "0.02")
    page.keyboard.press("Enter")
    until(lambda: fake.rate == 0.02, page)
    page.fill(".dial-number input", "1e-9")
    page.keyboard.press("Enter")
    page.wait_for_selector(".dial .refused:has-text('1e-09 is no learning rate: give a number')", timeout=WAIT)
    until(lambda: page.get_attribute(".track-box", "aria-valuenow") == "0.02", page)
    page.fill(".dial-number input", "0.03")
    page.keyboard.press("Enter")
    page.wait_for_selector(".dial .refused:empty", state="attached", timeout=WAIT)


def test_a_refusal_goes_when_its_control_is_left(page: Any) -> None:
    for box, wrong in ((".dial-number input", "abc"), (".live-digit input", "5000")):
        page.fill(box, wrong)
        page.keyboard.press("Enter")
        page.wait_for_selector(".refused:not(:empty)", timeout=WAIT)
        page.mouse.click(5, 5)
        assert page.locator(".refused:not(:empty)").count() == 0
        assert page.input_value(box) != wrong


def test_changes_arrive_in_the_order_of_asking_and_of_each_name_only_the_newest_waits(page: Any) -> None:
    asking = """async () => {
      const {changesOf} = await import("./live_wire.js");
      let flying = 0, most = 0;
      const sent = [];
      const ask = changesOf(async (name, value) => {
        most = Math.max(most, ++flying);
        await new Promise((resolve) => setTimeout(resolve, 5));
        sent.push(name + value);
        flying--;
        return `refused ${value}`;
      });
      const asked = [["rate", 1], ["rate", 2], ["mission", 3], ["rate", 4]].map((one) => ask(...one));
      return [await Promise.all(asked), most, sent];
    }"""
    told = ["refused 1", "refused 4", "refused 3", "refused 4"]
    assert page.evaluate(asking) == [told, 1, ["rate1", "mission3", "rate4"]]


def test_a_program_that_says_nothing_for_seconds_awake_is_silent_until_it_speaks(page: Any) -> None:
    listening = """async () => {
      const {followTraining} = await import("./live_wire.js");
      const [own, said, streams, ticks] = [{EventSource, setInterval}, [], [], []];
      window.setInterval = (tick) => ticks.push(tick);
      window.EventSource = class { constructor() { streams.push(this); } close() {} };
      const {stop} = followTraining(() => {}, (silent) => said.push(silent));
      const awake = (seconds) => { for (let i = 0; i < seconds; i++) ticks.at(-1)(); };
      streams[0].onopen();
      awake(9);
      streams[0].onmessage({data: "{}"});
      awake(9);
      const early = [...said];
      awake(1);
      awake(20);
      streams.at(-1).onmessage({data: "{}"});
      stop();
      Object.assign(window, own);
      return [early, said, streams.length];
    }"""
    assert page.evaluate(listening) == [[False], [False, True, False], 2]


def test_what_was_asked_for_last_counts_until_the_training_shows_it_or_refuses(page: Any) -> None:
    wishing = """async () => {
      const {wishFor} = await import("./live_wish.js");
      const [sent, values, answers] = [[], [], []];
      const answer = (value) => { sent.push(value); return new Promise((resolve) => answers.push(resolve)); };
      const wish = wishFor(answer, (value) => values.push(value));
      wish.shows(false);
      const asked = [1, 2, 3].map(() => wish.ask(!wish.value()));
      wish.shows(false);
      answers.forEach((resolve) => resolve(null));
      await Promise.all(asked);
      const counted = wish.value();
      wish.shows(true);
      wish.shows(false);
      const refused = wish.ask(true);
      answers.at(-1)("no");
      await refused;
      return [sent, counted, wish.value()];
    }"""
    assert page.evaluate(wishing) == [[True, False, True, True], True, False]


def test_two_quick_presses_are_a_pause_and_its_end_and_a_key_held_down_is_one(page: Any, fake: Fake) -> None:
    before = len(asked(fake, "pause"))
    press = """(repeat) => document.body.dispatchEvent(
      new KeyboardEvent("keydown", {key: " ", repeat, bubbles: true, cancelable: true}))"""
    page.evaluate(f"() => [false, true, true].forEach({press})")
    until(lambda: fake.paused, page)
    page.wait_for_selector(".is-paused:has-text('go on')", timeout=WAIT)
    assert asked(fake, "pause")[before:] == [True]
    page.evaluate(f"() => [false, false, false].forEach({press})")
    until(lambda: not fake.paused, page)
    page.evaluate("() => { const pause = document.querySelector('button.pause'); pause.click(); pause.click(); }")
    page.click("button:has-text('slow')")
    until(lambda: asked(fake, "speed")[-1:] == ["slow"], page)  # what was asked for before has arrived
    assert not fake.paused
    page.wait_for_selector(".pause:not(.is-paused)", timeout=WAIT)


def test_pause_and_one_step_by_click_and_by_key(page: Any, fake: Fake) -> None:
    page.click("button.pause")
    until(lambda: fake.paused, page)
    before = fake.step
    page.click("button:has-text('step')")
    until(lambda: fake.step == before + 1, page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    until(lambda: fake.step == before + 2, page)
    page.wait_for_selector(".is-paused:has-text('go on')", timeout=WAIT)
    page.keyboard.press(" ")
    until(lambda: not fake.paused, page)


def test_a_choice_and_a_whole_number_arrive_and_the_old_curve_stays(page: Any, fake: Fake) -> None:
    page.locator("[data-name=optimizer] select").select_option("Adam")
    until(lambda: asked(fake, "optimizer") == ["Adam"], page)
    page.locator("[data-name=batch] select").select_option("64")
    until(lambda: asked(fake, "batch") == [64], page)  # a number as the scene gave it
    assert page.inner_text(".live-settings .fresh legend") == "starts a new network"
    page.locator("[data-name=depth] input").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".curve-names .current:has-text('3 layers, seed 0')", timeout=WAIT)
    until(lambda: page.evaluate(f"{CURVES}.filter((one) => one.getTotalLength() > 50).length") == 2, page)
    assert page.locator(".curve-names span").count() == 2


def test_a_drawn_digit_arrives_as_784_numbers_and_a_digit_of_the_test_set_by_its_number(page: Any, fake: Fake) -> None:
    x, y = centre(page, ".surface")
    page.mouse.move(x - 30, y - 40)
    page.mouse.down()
    page.mouse.move(x, y + 40, steps=5)
    until(lambda: asked(fake, "digit"), page)  # while it is drawn
    page.mouse.up()
    page.wait_for_selector(".live-digit small:has-text('drawn by hand')", timeout=WAIT)
    drawn = asked(fake, "digit")[-1]["drawn"]
    assert len(drawn) == 784 and min(drawn) == 0 and 0.9 < max(drawn) <= 1
    page.click("button[aria-label='the next digit of the test set']")
    until(lambda: asked(fake, "digit")[-1] == {"test": 1}, page)
    page.wait_for_selector(".live-digit small:has-text('number 1 of the test set')", timeout=WAIT)
    page.click("button:has-text('draw')")
    assert page.inner_text(".live-digit small") == "nothing drawn yet"
    visit(page, fake)
    assert page.input_value(".live-digit input") == "1"


def test_a_neuron_tells_how_its_value_is_made(page: Any, fake: Fake) -> None:
    page.locator("canvas[data-layer=fc1]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".live-detail [data-layer=fc1][data-index='0']", timeout=WAIT)
    assert page.get_attribute(".live-detail .sum", "data-agrees") == "true"
    assert float(page.get_attribute(".live-detail [data-value]", "data-value")) == pytest.approx(0.5 * sum(fake.pixels))
    page.keyboard.press("Escape")
    page.wait_for_selector(".live-detail", state="hidden", timeout=WAIT)


def test_a_mission_is_chosen_and_its_hint_is_shown_when_asked_for(page: Any, fake: Fake) -> None:
    assert page.locator(".mission-names .solved").inner_text() == "✓ 2"
    assert page.inner_text(".mission .progress") == "yours 0.0505, theory 0.0511"
    assert page.locator(".mission .hint").is_hidden()
    page.click("button:has-text('hint')")
    assert page.inner_text(".mission .hint") == "Look at the mark."
    page.click(".mission-names [aria-pressed=true]")  # it stays
    page.click(".mission-names button:has-text('3')")
    until(lambda: asked(fake, "mission") == [2], page)


def test_a_loss_far_above_the_first_stays_in_sight(page: Any, fake: Fake) -> None:
    """So that one sees it turn back."""
    for loss in (1e9, 1e8):
        fake.loss_is = loss
        page.wait_for_selector(f".live-loss h2:has-text('{loss:.0e}')".replace("e+0", "e"), timeout=WAIT)
        page.wait_for_selector(".live-plot >> nth=0 >> .end:visible", timeout=WAIT)
    fake.loss_is = None


def test_a_loss_that_is_not_finite_is_said_and_a_negative_one_is_drawn(page: Any, fake: Fake) -> None:
    for loss, said in (
        (math.nan, "not finite since step"),
        (math.inf, "not finite since step"),
        (-1.5, "\N{MINUS SIGN}1.5"),
    ):
        fake.loss_is = loss
        page.wait_for_selector(f".live-loss h2:has-text('{said}')", timeout=WAIT)
        assert "NaN" not in page.inner_html("body")
    page.wait_for_selector(".live-loss .gone:empty", timeout=WAIT, state="attached")
    fake.loss_is = None
    page.click("button[aria-label^='back to the start']")


def test_space_pauses_after_a_click_and_presses_a_button_that_keys_have_reached(page: Any, fake: Fake) -> None:
    page.click("button[aria-label^='another seed']")
    until(lambda: len(asked(fake, "seed")) == 1, page)
    x, y = centre(page, ".surface")
    for reach in (lambda: None, lambda: page.mouse.click(x, y), lambda: page.focus("canvas[data-layer=fc1]")):
        reach()
        for words in ("go on", "pause"):
            page.keyboard.press(" ")
            page.wait_for_selector(f".pause:has-text('{words}')", timeout=WAIT)
    assert len(asked(fake, "seed")) == 1 and page.locator(".live-detail").is_hidden()
    page.focus("button[aria-label^='another seed']")
    page.keyboard.press(" ")
    until(lambda: len(asked(fake, "seed")) == 2, page)


@contextmanager
def another(page: Any, fake: Fake) -> Iterator[Fake]:
    try:
        visit(page, fake)
        yield fake
    finally:
        fake.close()


def test_two_quick_presses_for_another_seed_are_two_seeds(page: Any, fake: Fake) -> None:
    wanted = fake.seed + 2
    page.evaluate("() => { const b = [...document.querySelectorAll('.transport button')].find((one) => "
                  "one.textContent.startsWith('seed')); b.click(); b.click(); }")  # fmt: skip
    until(lambda: fake.seed == wanted, page)
    page.wait_for_selector(f".transport button:has-text('seed {wanted}')", timeout=WAIT)


def test_everything_is_on_the_first_screen_with_30_layers_too(open_page: Any) -> None:
    with another(open_page, Fake(depth=30)):
        for width, height in ((1440, 900), (1280, 720)):
            open_page.set_viewport_size({"width": width, "height": height})
            open_page.wait_for_function(ALL_IN_SIGHT, timeout=WAIT)  # once all is drawn anew
            whole = "(({scrollWidth, scrollHeight}) => [scrollWidth, scrollHeight])(document.documentElement)"
            assert open_page.evaluate(whole) == [width, height]
            inside = "(name) => document.querySelector(name).getBoundingClientRect().bottom"
            flow, missions = (open_page.evaluate(inside, name) for name in (".live-flow", "footer"))
            assert flow < missions <= height
        assert open_page.locator(".live-layers .strip").count() == 59


def test_a_linear_network_shows_what_its_weights_learn(open_page: Any) -> None:
    with another(open_page, Fake(depth=1)):
        open_page.wait_for_selector(".live-weights:has-text('changed since step') canvas[width]", timeout=WAIT)


def test_long_names_lose_what_they_have_in_common(page: Any) -> None:
    short = "([names, most]) => import('./live_names.js').then(({toldApart}) => toldApart(names, most))"
    parts = ("dropout1", "linear1", "self_attn.out_proj")
    blocks = [f"t.layers.{block}.{part}" for block in (0, 1) for part in parts]
    told = [f"{block}{CUT}out_proj" if "." in part else f"{CUT}{block}.{part}" for block in (0, 1) for part in parts]
    assert page.evaluate(short, [[*blocks, "o"], 15]) == [*told, "o"]
    names = ["0 (Linear 20 \N{RIGHTWARDS ARROW} 64)", "encoder_linear", "decoder_linear"]
    assert page.evaluate(short, [names, 10]) == ["0 (Linear)", f"enco{CUT}near", f"deco{CUT}near"]


def test_the_map_of_gradients_is_full_and_says_its_steps(open_page: Any) -> None:
    with another(open_page, Fake()):
        open_page.wait_for_selector(".flow-steps span:last-child:not(:empty)", timeout=WAIT)  # the second frame is here
        inked = """() => {
          const map = document.querySelector(".flow-room canvas");
          return [2, map.width - 2].map((x) => map.getContext("2d").getImageData(x, 5, 1, 1).data[3]);
        }"""
        assert open_page.evaluate(inked) == [255, 255]
        open_page.hover(".flow-bars svg")
        begin, first = steps_of_the_map(open_page)
        until(lambda: steps_of_the_map(open_page)[1] > first, open_page)
        assert begin < first
        assert "gradient of its output" in open_page.inner_text(".tooltip")  # it stays while frames come


def steps_of_the_map(page: Any) -> list[int]:
    return [
        int(text.removeprefix("step ").replace(",", "")) for text in page.locator(".flow-steps span").all_inner_texts()
    ]


def test_a_model_of_ones_own_has_the_parts_that_there_are(open_page: Any) -> None:
    with another(open_page, Fake(own=True)):
        assert open_page.input_value(".dial-number input") == "0.02"
        seen = open_page.locator(".transport button:visible").all_inner_texts()
        assert [text.split()[-1] for text in seen] == ["pause", "step"]
        for part in (".live-digit", ".live-settings", ".live-missions", ".live-weights"):
            assert open_page.locator(part).is_hidden()
        assert open_page.locator(".zone:not(.exact)").count() == 1  # measured
        assert open_page.locator("canvas[data-layer=input]").is_visible()


def test_a_click_on_a_thinned_picture_names_the_neuron_of_the_whole_one(open_page: Any) -> None:
    with another(open_page, Fake(own=True)):
        picture = open_page.locator("canvas[data-layer=input]")
        side = picture.bounding_box()["width"] / (28 // live_scene.EVERY)
        picture.click(position={"x": 4.5 * side, "y": 3.5 * side})
        open_page.wait_for_selector(f".live-detail [data-layer=input][data-index='{6 * 28 + 8}']", timeout=WAIT)


def spoilt(part: Any) -> Any:
    """The same with hostile words, but those that say how a control is drawn."""
    if isinstance(part, dict):
        return {name: value if name == "shape" or value == "choice" else spoilt(value) for name, value in part.items()}
    if isinstance(part, list):
        return [spoilt(value) for value in part]
    return f"{HOSTILE} {part}" if isinstance(part, str) else part


def test_a_note_does_not_stand_under_none_so_far(page: Any, fake: Fake) -> None:
    fake.page.scene(findings=[], notes=["The loss has not been finite since step 4."])
    page.wait_for_selector(".live-findings .note", timeout=WAIT)
    assert page.inner_text(".live-findings h2").strip() == "Findings"
    fake.page.scene(findings=[], notes=[])
    page.wait_for_selector(".live-findings h2 small:text('none so far')", timeout=WAIT)


def test_the_end_leaves_all_parts_their_room(open_page: Any) -> None:
    with another(open_page, Fake()) as fake:
        fake.page.scene(notes=["The loss has not been finite since step 4."] * 4)
        fake.page.over("somebody ended it")
        open_page.wait_for_selector("body.over .banner", timeout=WAIT)
        legend, footer = (open_page.locator(part).bounding_box() for part in (".flow-legend", "footer"))
        assert legend["y"] + legend["height"] <= footer["y"]


def test_the_knob_does_not_hide_the_words_of_the_zone(open_page: Any) -> None:
    with another(open_page, Fake(own=True)) as fake:
        for rate in (0.02, 0.06, 2.0, 9.0):
            fake.rate = rate
            until(lambda rate=rate: open_page.get_attribute(".track-box", "aria-valuenow") == f"{rate:g}", open_page)  # type: ignore[misc]
            words, knob = (open_page.locator(part).bounding_box() for part in (".zone text", ".knob"))
            assert knob["x"] + knob["width"] < words["x"] or words["x"] + words["width"] < knob["x"]


def test_a_linear_network_that_has_taken_no_step_shows_its_weights(open_page: Any) -> None:
    with another(open_page, Fake()) as fake:
        fake.paused = True
        open_page.locator("[data-name=depth] input").fill("1")
        open_page.keyboard.press("Enter")
        open_page.wait_for_selector(".live-weights:has-text('at step 0, \N{PLUS-MINUS SIGN}0.5')", timeout=WAIT)


def test_names_are_text_and_the_end_is_said(open_page: Any) -> None:
    said = {name: spoilt(value) for name, value in live_scene.scene(2, 0, False).items()}
    controls = [control for control in said["controls"] if control["kind"] == "choice"]
    with another(open_page, Fake()) as fake:
        fake.page.scene(**said | {"controls": controls, "notes": [HOSTILE], "left_out": HOSTILE})
        fake.page.begin(HOSTILE, HOSTILE)
        open_page.wait_for_selector(".left-out:has-text('<img')", timeout=WAIT)
        open_page.wait_for_selector(".cells canvas", timeout=WAIT)
        fake.page.over(f"It is over: {HOSTILE}")
        open_page.wait_for_selector("body.over .banner:has-text('It is over: <img')", timeout=WAIT)
        for part in ("h1", ".left-out", ".finding", ".note", ".curve-names .current", ".mission .task", ".setting"):
            assert HOSTILE in open_page.locator(part).last.inner_text()
        assert open_page.locator("img").count() == 0
        open_page.wait_for_selector(".cells canvas", timeout=WAIT)  # the last picture stays


def test_a_chosen_neuron_waits_for_a_long_step_and_hears_of_the_end(open_page: Any) -> None:
    with another(open_page, Fake()) as fake:
        fake.page.wants_snapshot = lambda: False  # type: ignore[method-assign]
        open_page.locator("canvas[data-layer=fc1]").focus()
        open_page.keyboard.press("Enter")
        open_page.wait_for_selector(".live-detail:has-text('The next step shows')", timeout=WAIT)
        fake.page.over("it is over")
        open_page.wait_for_selector(".live-detail:has-text('the training is over: it is over')", timeout=WAIT)


def test_a_page_that_nobody_sees_asks_for_nothing_and_a_program_that_is_gone_is_said(open_page: Any) -> None:
    fake = Fake()
    visit(open_page, fake)
    for hidden, pages in (("true", 0), ("false", 1)):
        open_page.evaluate(f"Object.defineProperty(document, 'hidden', {{value: {hidden}, configurable: true}})")
        open_page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        until(lambda pages=pages: fake.page.pages == pages, open_page)  # type: ignore[misc]
    fake.close()
    open_page.wait_for_selector(".banner:has-text('does not answer')", timeout=WAIT)
    open_page.click("button.pause")
    open_page.wait_for_selector(".touch .refused:has-text('does not answer')", timeout=WAIT)
