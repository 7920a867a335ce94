"""Missions: what a teacher writes wrong is said in a sentence, and each of ours can be solved."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hands import Hand

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import missions
from torchdemos.lab.playground.goals import Condition, Stage
from torchdemos.lab.playground.quantities import QUANTITIES
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.theory import mean_field
from torchdemos.lab.theory.loss import chance_loss

ONE: dict[str, Any] = {
    "question": "What is depth?",
    "task": "Make it deep.",
    "hint": "The control depth.",
    "explanation": "Layers on layers.",
    "settings": {"depth": 2},
    "goal": [{"words": "It is deep", "conditions": [{"quantity": "depth", "at_least": 5}]}],
    "shows": "depth {depth}",
}
RATE, NEURON, LOSS, START, CHAIN = range(5)


def parsed(**changed: Any) -> missions.Mission:
    content = {name: value for name, value in (ONE | changed).items() if value is not ...}
    return missions.parse(json.dumps([content]))[0]


def test_a_list_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps([ONE, ONE]))
    (first, _) = missions.read(tmp_path / "mine.json")
    assert first.goal == (Stage("It is deep", (Condition("depth", at_least=5),)),)
    assert first.settings == Settings(depth=2) and first.shows == "depth {depth}"


def test_settings_and_words_about_what_was_reached_may_be_left_out() -> None:
    found = parsed(settings=..., shows=...)
    assert (found.settings, found.shows) == (None, "")


def test_a_value_may_be_one_of_several() -> None:
    goal = [{"words": "x", "conditions": [{"quantity": "batch", "is": ["all", 64]}, {"quantity": "answer", "is": 3}]}]
    assert parsed(goal=goal).goal[0].conditions == (
        Condition("batch", among=("all", "64")),
        Condition("answer", among=(3.0,)),
    )


def goal(**condition: Any) -> list[Any]:
    return [{"words": "x", "conditions": [condition]}]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"task": ...}, "mission 1: it has no task"),
        ({"task": ""}, 'mission 1: its task is "": write a text of 1 to 2,000 characters'),
        ({"task": 3}, "mission 1: its task is 3: write a text"),
        ({"taks": "x"}, 'mission 1: there is no key "taks"; did you mean task?'),
        ({"settings": 3}, "mission 1: its settings are 3: write them as in"),
        ({"settings": {"depth": 99}}, "mission 1: depth 99 is out of reach: give a whole number from 1 to 30"),
        ({"settings": {"dept": 9}}, 'mission 1: there is no setting "dept"; did you mean depth?'),
        ({"goal": []}, "mission 1: [] stands where a list of 1 to 20 is expected, of each stage of its goal"),
        ({"goal": [3]}, "mission 1: stage of its goal 1: 3 stands where an object with words, conditions is expected"),
        ({"goal": goal(quantity="acuracy", at_least=1)}, 'there is no quantity "acuracy"; did you mean accuracy?'),
        ({"goal": goal(quantity=["x"], at_least=1)}, "there is no quantity"),
        ({"goal": goal(quantity="accuracy")}, "it asks nothing of accuracy: add at_least, at_most or is"),
        ({"goal": goal(quantity="accuracy", at_least="1")}, 'its at_least is "1": give a finite number'),
        ({"goal": goal(quantity="accuracy", at_least=math.inf)}, "its at_least is Infinity: give a finite number"),
        ({"goal": goal(quantity="loss", **{"is": "mse"})}, 'loss "mse" is unknown: choose from squared error,'),
        ({"goal": goal(quantity="depth", at_least=31)}, "depth 31 is out of reach: it goes from 1 to 30"),
        ({"goal": goal(quantity="depth", at_most=0)}, "depth 0 is out of reach: it goes from 1 to 30"),
        ({"goal": goal(quantity="accuracy", at_least=80)}, "accuracy 80 is out of reach: it goes from 0 to 1"),
        ({"goal": goal(quantity="answer", **{"is": 11})}, "answer 11 is out of reach: it goes from 0 to 9"),
        ({"goal": goal(quantity="growth", at_most=-1)}, "growth -1 is out of reach: it is never below 0"),
        ({"goal": goal(quantity="depth", at_least=5, at_most=3)}, "nothing meets all that it asks of depth at once"),
        ({"goal": goal(quantity="optimizer", at_least=3)}, "optimizer is no number: ask for one of SGD, momentum,"),
        ({"goal": goal(quantity="answer", at_least=3, **{"is": 3})}, "it asks for values of answer and for bounds"),
        ({"shows": "yours {rate}"}, 'mission 1: there is no quantity "rate"'),
    ],
)
def test_a_mistake_is_named_with_its_place(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parsed(**changed)


def test_conditions_that_exclude_one_another_are_refused() -> None:
    def conditions(*own: Any) -> list[Any]:
        return [{"words": "x", "conditions": [{"quantity": "activation", "is": name} for name in own]}]

    assert len(parsed(goal=conditions(["relu", "tanh"], "Tanh")).goal[0].conditions) == 2
    with pytest.raises(ValueError, match="stage of its goal 1: nothing meets all that it asks of activation at once"):
        parsed(goal=conditions("relu", "tanh"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"[", "mine.json is no list of missions: it is not JSON"),
        (b"{}", "mine.json is no list of missions: {} stands where a list of 1 to 50 is expected, of each mission"),
        (b"[]", "mine.json is no list of missions: [] stands where"),
        (b"\xff", "mine.json is no list of missions: "),
        (b"[" * 100_000, "mine.json is no list of missions: it is not JSON"),
        (b" " * (2**20 + 1), "mine.json is no list of missions: it has more than 1,048,576 bytes"),
    ],
)
def test_a_file_that_is_no_list_is_a_sentence(tmp_path: Path, text: bytes, says: str) -> None:
    (tmp_path / "mine.json").write_bytes(text)
    with pytest.raises(ValueError, match=re.escape(says)):
        missions.read(tmp_path / "mine.json")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="--missions cannot read .*none.json: No such file or directory"):
        missions.read(tmp_path / "none.json")


def test_there_is_one_mission_for_each_question() -> None:
    questions = [mission.question for mission in missions.built_in()]
    assert len(questions) == len(set(questions)) == 5
    for word in ("learning rate", "neuron", "loss", "weights", "chain rule"):
        assert any(word in question for question in questions)


def test_numbers_in_explanations_are_those_of_theory() -> None:
    assert chance_loss(10) == pytest.approx(2.303, abs=5e-4)
    for variance, factor, left in ((1.0, 0.24, 1e-11), (25.0, 0.71, 0.002)):
        q = mean_field.fixed_point("sigmoid", variance)
        found = mean_field.gradient_factor(q, "sigmoid", variance)
        assert found == pytest.approx(factor, abs=0.005) and found**18 == pytest.approx(left, rel=0.6)
        assert f"{factor}" in missions.built_in()[CHAIN].explanation


def test_the_list_in_the_docs_is_one_and_names_every_quantity() -> None:
    page = (Path(__file__).parents[3] / "docs" / "live.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert len(missions.parse(written)) == 1
    table = page.partition("| quantity |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) == {*QUANTITIES}


# Each can be solved, by what its hint says.


@pytest.fixture
def hand(tmp_path: Path, digits: Digits) -> Hand:
    own = Hand(tmp_path / "log", digits)
    own.page.wants_frames = False
    return own


def solved(hand: Hand, place: int) -> Callable[[], bool]:
    return lambda: hand.session.quest.attempts[place].is_solved


def test_the_learning_rate_can_be_found(hand: Hand) -> None:
    hand.go(3)
    hand.ask("learning_rate", 0.08)
    hand.go(15)
    hand.ask("learning_rate", 0.0505)
    assert hand.go(150, solved(hand, RATE))
    hand.go(1)
    assert hand.session.quest.attempts[RATE].words == "Yours 0.0505, theory 0.0515."


def test_a_3_can_be_drawn(hand: Hand, digits: Digits) -> None:
    hand.ask("mission", NEURON)
    assert hand.go(400, lambda: (hand.session.quest.attempts[NEURON].words).startswith("2 of 2"))
    for place in (digits.test_labels == 3).nonzero().flatten()[:30].tolist():
        hand.ask("digit", {"drawn": digits.test_images[place].flatten().tolist()})
        if hand.go(2, solved(hand, NEURON)):
            break
    assert solved(hand, NEURON)()


def test_the_loss_of_knowing_nothing_can_be_read(hand: Hand) -> None:
    hand.ask("mission", LOSS)
    hand.ask("initialization", "zero")
    for loss in ("squared error", "cross entropy", "NLL"):
        hand.ask("loss", loss)
        hand.ask("restart")
        hand.go(2)
    hand.ask("learning_rate", 0.5)
    assert hand.go(60, solved(hand, LOSS))


def test_five_neurons_can_stay_one_and_become_five(hand: Hand) -> None:
    hand.ask("mission", START)
    hand.ask("initialization", "constant")
    hand.go(105)
    assert hand.session.quest.attempts[START].words.startswith("2 of 2")
    hand.ask("initialization", "Xavier")
    assert hand.go(800, solved(hand, START))


def test_twenty_sigmoid_layers_can_learn(hand: Hand) -> None:
    hand.ask("mission", CHAIN)
    for name, value in (("initialization", "huge"), ("optimizer", "Adam"), ("learning_rate", 0.001)):
        hand.ask(name, value)
    assert hand.go(2000, solved(hand, CHAIN))
