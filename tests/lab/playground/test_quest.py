"""Which mission is chosen, and which were solved in how many steps."""

import math
from dataclasses import replace

import torch
from torch import nn

from torchdemos.lab.playground.goals import Condition, Stage
from torchdemos.lab.playground.missions import Mission
from torchdemos.lab.playground.quantities import Facts
from torchdemos.lab.playground.quest import Quest
from torchdemos.lab.playground.settings import Settings

FACTS = Facts(Settings(), nn.Sequential(), torch.arange(1), 10, math.nan, 1.0, 0.5, 0.05, 0, 1.0, False, lambda: None)
TASK = ("Q?", "Do it.", "So.", "Because.")
MISSIONS = [
    Mission(*TASK, (Stage("It learns", (Condition("accuracy", at_least=0.8),)),), None, "you have {accuracy}"),
    Mission(*TASK, (Stage("It is fast", (Condition("learning_rate", at_least=0.5),)),)),
]


def test_the_first_mission_is_chosen_and_only_the_chosen_one_is_solved() -> None:
    quest = Quest(MISSIONS)
    quest.count()
    quest.look(replace(FACTS, settings=Settings(learning_rate=1.0)))
    first, second = quest.content()["missions"]
    assert quest.content()["mission"] == 0
    assert first["progress"] == (
        "It learns: the share of test digits named rightly is 0.5, at least 0.8 is needed. You have 0.5."
    )
    assert (second["solved"], second["progress"]) == (False, "")


def test_a_solved_mission_stays_as_it_was_solved() -> None:
    quest = Quest(MISSIONS)
    for step in range(12):
        quest.count()
        quest.look(replace(FACTS, accuracy=0.08 * step))
    quest.choose(0)
    (first, _) = quest.content()["missions"]
    assert (first["solved"], first["steps"], first["progress"]) == (True, 11, "You have 0.8.")


def test_choosing_begins_anew() -> None:
    quest = Quest(MISSIONS)
    quest.count()
    quest.choose(1)
    quest.choose(0)
    assert [result["steps"] for result in quest.results()] == [0, 0]
    quest.choose(None)
    quest.count()
    quest.look(FACTS)
    assert quest.content()["mission"] is None and [result["steps"] for result in quest.results()] == [0, 0]


def test_there_may_be_no_mission() -> None:
    quest = Quest([])
    quest.look(FACTS)
    assert quest.content() == {"missions": [], "mission": None}
