"""A session does at once what is asked, and nothing that is shown changes a bit of the training."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hands import Hand, Hands

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import page, session
from torchdemos.lab.playground.session import learned
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training
from torchdemos.lab.playground.view import FIRST
from torchdemos.view.live.page import Page


@pytest.fixture(autouse=True)
def _fewer_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "DIGITS", 100)


@pytest.fixture
def hand(tmp_path: Path, digits: Digits) -> Hand:
    return Hand(tmp_path / "log", digits, [])


def weights(folder: Path) -> str:
    (note,) = folder.glob("*/training.json")
    found: str = json.loads(note.read_text())["weights"]
    return found


def test_what_is_asked_of_a_page_is_what_it_can() -> None:
    names = [name for name in vars(page.Page) if not name.startswith("_")]
    assert len(names) > 8 and all(hasattr(kind, name) for name in names for kind in (Page, Hands))


def test_the_first_scene_has_the_exact_mark_before_the_first_step(hand: Hand, digits: Digits) -> None:
    hand.end()
    x = np.column_stack([digits.train_images[:100].flatten(1).double().numpy(), np.ones(100)])
    mark = hand.frame["mark"]
    assert hand.frame["step"] == 0 and mark["exact"]
    assert mark["rate"] == pytest.approx(2 / np.linalg.eigvalsh(x.T @ x / 100)[-1], rel=1e-9)
    assert hand.frame["rate"] < mark["rate"] / 3
    assert hand.page.told["settings"]["depth"] == 1


def test_the_page_says_why_the_very_first_step_may_take_long(hand: Hand) -> None:
    hand.ask("pause", True)
    hand.session.turn()
    assert hand.page.told["notes"] == [FIRST]
    hand.ask("step")
    hand.go(1)
    hand.ask("restart")
    hand.session.turn()
    assert hand.page.told["notes"] == []


def test_an_untouched_session_ends_in_the_bits_of_a_bare_training(hand: Hand, digits: Digits) -> None:
    hand.page.wants_snapshots = True
    hand.ask("digit", {"drawn": [0.5] * 784})
    hand.go(30)
    bare = Training(Settings(), 0, *learned(digits))
    for _ in range(30):
        bare.advance()
    assert weights(hand.end()) == bare.fingerprint()
    assert hand.page.snapshots and len(hand.page.frames) > 20


def test_a_touched_session_ends_in_the_bits_of_a_training_with_the_same_changes(hand: Hand, digits: Digits) -> None:
    bare = Training(Settings(), 0, *learned(digits))
    for name, value in (("learning_rate", 0.05), ("batch", "64"), ("optimizer", "Adam"), ("loss", "cross entropy")):
        hand.go(3)
        hand.ask(name, value)
        for _ in range(3):
            bare.advance()
        bare.change(name, value)
    hand.go(3)
    for _ in range(3):
        bare.advance()
    assert weights(hand.end()) == bare.fingerprint()


def test_a_changed_learning_rate_is_that_of_the_very_next_step(hand: Hand) -> None:
    hand.go(5)
    hand.ask("learning_rate", 0.04)
    hand.session.turn()
    assert (hand.frame["step"], hand.frame["rate"]) == (6, 0.04)


def test_twenty_drags_across_the_mark_turn_the_loss_each_time(hand: Hand) -> None:
    hand.session.turn()
    mark, hand.page.wants_frames = hand.frame["mark"]["rate"], False
    turned = []
    for drag in range(20):
        rises = drag % 2 == 1
        hand.ask("learning_rate", mark * (1.005 if rises else 0.995))
        hand.go(1)
        first = hand.losses(1)[0]
        if rises:
            turned.append(hand.go(400, lambda first=first: hand.losses(1)[0] > first))  # type: ignore[misc]
        else:
            hand.go(60)
            losses = [first, *hand.losses(60)]
            turned.append(losses == sorted(losses, reverse=True))
    assert turned == [True] * 20


def test_pause_stops_and_one_step_is_one_step(hand: Hand) -> None:
    hand.go(2)
    hand.ask("pause", True)
    for _ in range(5):
        hand.session.turn()
    assert hand.session.steps == 2 and hand.frame["paused"] and hand.page.waits
    hand.ask("step")
    for _ in range(5):
        hand.session.turn()
    assert hand.session.steps == 3 and hand.frame["paused"]
    hand.ask("pause", False)
    hand.session.turn()
    assert hand.session.steps == 4 and not hand.frame["paused"]


def test_back_to_the_start_repeats_the_same_losses_on_a_new_curve(hand: Hand) -> None:
    hand.go(4)
    hand.ask("restart")
    hand.go(4)
    assert hand.losses(4) == hand.losses(8)[:4]
    assert [name for name, _ in hand.page.curves] == ["linear, Xavier", "linear, Xavier (2)"]


def test_another_seed_is_another_start(hand: Hand) -> None:
    hand.go(1)
    hand.ask("seed", 7)
    hand.go(1)
    assert hand.losses(1) != hand.losses(2)[:1]
    assert hand.page.told["seed"] == 7 and hand.page.curves[-1] == ("seed 7", "seed 7")


def test_a_new_network_begins_with_the_same_seed_beside_the_old_curve(hand: Hand, digits: Digits) -> None:
    hand.go(2)
    hand.ask("depth", 3)
    hand.ask("width", 4)
    hand.go(2)
    expected = Training(Settings(depth=3, width=4), 0, *learned(digits))
    assert hand.losses(2) == [expected.advance(), expected.advance()]
    assert hand.page.curves[1:] == [("depth 3, width 4", "depth 3, width 4")]
    assert [layer["shape"] for layer in hand.page.told["layers"]] == [[1, 28, 28], [4], [4], [10]]
    assert len(hand.frame["neurons"]) == 4 and [own["layer"] for own in hand.frame["flow"]] == ["fc1", "fc2", "out"]


def test_a_value_that_is_set_already_begins_nothing(hand: Hand) -> None:
    hand.go(2)
    hand.ask("depth", 1)
    hand.ask("learning_rate", 0.01)
    hand.go(2)
    assert [step for step, _ in hand.page.points] == [0, 1, 2, 3]


def test_what_is_not_finite_any_more_waits_and_starts_again(hand: Hand) -> None:
    hand.ask("learning_rate", 10.0)
    while not hand.page.told.get("notes"):
        hand.session.turn()
    steps = hand.session.steps
    hand.session.turn()
    assert hand.session.steps == steps and hand.frame["paused"] and not math.isfinite(hand.frame["loss"])
    assert hand.page.told["notes"] == [
        f"The loss has not been finite since step {steps - 1}: lower the learning rate, then back to the start."
    ]
    hand.ask("learning_rate", 0.01)
    hand.ask("pause", False)
    hand.go(40)
    hand.ask("speed", "fast")  # a change tells the page at once
    hand.go(1)
    assert hand.page.told["notes"] == [f"The loss was not finite at step {steps - 1}, and is finite again."]
    hand.ask("restart")
    hand.go(3)
    assert hand.page.told["notes"] == [] and math.isfinite(hand.losses(1)[0]) and not hand.frame["paused"]


def test_of_values_that_a_dial_passes_only_the_last_acts(hand: Hand) -> None:
    hand.go(1)
    for name, value in (("depth", 5), ("depth", 4), ("depth", 3), ("step", None), ("step", None)):
        hand.ask(name, value)
    assert session.latest(hand.page._asked) == [("depth", 3), ("step", None), ("step", None)]
    hand.go(1)
    assert [name for name, _ in hand.page.curves] == ["linear, Xavier", "depth 3"]


def test_a_full_disk_is_said_and_ends_nothing(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.go(1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hand.session._trial.board, "log", full)
    hand.ask("learning_rate", 0.02)
    hand.go(1)
    hand.ask("pause", True)
    hand.session.turn()
    assert hand.page.told["notes"] == ["The log lacks something since step 1: No space left on device."]


def test_a_step_that_was_broken_off_has_no_end_to_compare(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.go(1)

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hand.session.run(interrupted)
    (note,) = hand.log.folder.glob("*/training.json")
    assert json.loads(note.read_text())["weights"] is None


def test_a_page_stays_with_the_latest_step(hand: Hand) -> None:
    hand.page.wants_frames = False
    hand.session.run(lambda: hand.session.steps >= 3)
    assert hand.frame["step"] == hand.session.steps >= 3


def test_adam_has_a_note_in_place_of_a_mark(hand: Hand) -> None:
    hand.ask("optimizer", "Adam")
    hand.go(1)
    assert hand.frame["mark"] is None
    assert hand.page.told["notes"][0].startswith("Adam gives each weight a step size of its own")


def test_the_mark_of_a_deeper_network_is_measured(hand: Hand) -> None:
    hand.ask("width", 4)
    hand.ask("depth", 2)
    hand.ask("pause", True)
    hand.session.turn()
    while (mark := hand.session._knowledge.mark) is None:
        hand.session.turn()
    assert not mark.exact and mark.words == "2/sharpness, measured at step 0"


def test_findings_are_told(hand: Hand) -> None:
    hand.ask("initialization", "zero")
    hand.ask("depth", 3)
    hand.go(60)
    for _ in range(10_000):  # rules run in their share of the time
        hand.ask("pause", True)
        hand.session.turn()
        if hand.page.told["findings"]:
            break
    assert {"kind", "level", "layer", "step", "evidence", "advice"} == hand.page.told["findings"][0].keys()


def test_an_accuracy_is_on_the_curve_as_soon_as_it_is_measured(hand: Hand, digits: Digits) -> None:
    hand.ask("step")
    hand.session.turn()  # measures what the first step left
    ((step, accuracy),) = hand.page.accuracies
    assert (step, accuracy) == (hand.frame["step"], hand.frame["accuracy"]) and step == 1
    bare = Training(Settings(), 0, *learned(digits))
    bare.advance()
    named = bare.model(digits.test_images[:1000]).argmax(1)
    assert accuracy == pytest.approx(float((named == digits.test_labels[:1000]).float().mean()))


def test_a_network_that_waits_for_its_first_step_has_a_curve_of_its_own(hand: Hand) -> None:
    hand.go(2)
    hand.ask("pause", True)
    for depth in (4, 3):
        hand.ask("depth", depth)
        hand.session.turn()
    assert [name for name, _ in hand.page.curves] == ["linear, Xavier", "depth 3"]
    hand.ask("learning_rate", 0.02)
    hand.ask("step")
    hand.go(1)
    assert [name for name, _ in hand.page.curves] == ["linear, Xavier", "learning rate 0.02, depth 3"]


def test_a_mission_begins_with_its_settings(tmp_path: Path, digits: Digits) -> None:
    hand = Hand(tmp_path / "log", digits)
    hand.ask("mission", 4)
    hand.go(1)
    assert hand.page.told["mission"] == 4 and hand.page.told["settings"]["depth"] == 20
