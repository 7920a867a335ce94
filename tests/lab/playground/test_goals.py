"""Stages of a goal are reached one after the other, and what is missing is said in words."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from torchdemos.lab.playground.goals import Condition, Progress, Stage, shown
from torchdemos.lab.playground.quantities import Facts
from torchdemos.lab.playground.settings import Settings

FACTS = Facts(Settings(), nn.Sequential(), torch.arange(1), 10, 1.0, 1.0, None, 0.05, 0, 1.0, False, lambda: None)
GROWS = Stage("The loss grows tenfold", (Condition("growth", at_least=10),))
LEARNS = Stage("It learns", (Condition("optimizer", among=("SGD", "Adam")), Condition("accuracy", at_least=0.8)))


@pytest.mark.parametrize(
    ("condition", "found", "holds"),
    [
        (Condition("growth", at_least=10), 10.0, True),
        (Condition("growth", at_least=10), 9.99, False),
        (Condition("growth", at_least=10), math.inf, True),
        (Condition("growth", at_least=10), math.nan, False),
        (Condition("growth", at_most=1), 1.0, True),
        (Condition("growth", at_least=0.4999, at_most=0.5001), 0.5, True),
        (Condition("growth", at_least=0.4999, at_most=0.5001), 0.51, False),
        (Condition("loss", among=("NLL",)), "NLL", True),
        (Condition("loss", among=("NLL",)), "squared error", False),
        (Condition("answer", among=(3.0,)), 3, True),
        (Condition("answer", among=(3.0,)), math.nan, False),
        (Condition("loss", at_least=1), "NLL", False),
    ],
)
def test_a_condition_holds_within_its_bounds(condition: Condition, found: float | str, holds: bool) -> None:
    assert condition.holds(found) is holds


def test_stages_are_reached_in_order_and_stay_so() -> None:
    progress = Progress([GROWS, LEARNS])
    good = replace(FACTS, accuracy=0.9)
    assert progress.look(good) == (
        "1 of 2: The loss grows tenfold: its growth with this learning rate is 1, at least 10 is needed"
    )
    missing = progress.look(replace(FACTS, loss=20.0))
    assert (
        missing == "2 of 2: It learns: the share of test digits named rightly is not known yet, at least 0.8 is needed"
    )
    assert progress.look(good) == "" and progress.is_complete


def test_several_stages_may_be_reached_at_once() -> None:
    progress = Progress([GROWS, LEARNS])
    assert progress.look(replace(FACTS, loss=20.0, accuracy=0.9)) == "" and progress.is_complete


def test_later_conditions_are_not_measured() -> None:
    def never() -> None:
        raise AssertionError("measured")

    stage = Stage("", (Condition("drawn", at_least=1), Condition("share", at_least=0.9)))
    assert stage.missing(replace(FACTS, answer=never)) == "no digit is drawn by hand yet"


def test_values_in_words() -> None:
    found = [shown(value) for value in ("NLL", 0.05151, math.nan, math.inf, 3.0, 12345.0, 1e9)]
    assert found == ["NLL", "0.0515", "not known yet", "inf", "3", "12,345", "1e+09"]
    among, between = Condition("loss", among=("NLL", "cross entropy")), Condition("depth", at_least=1, at_most=2)
    assert among.told("squared error") == "the loss is squared error, NLL or cross entropy is needed"
    assert between.told(3) == "the depth is 3, at least 1 and at most 2 is needed"


@pytest.mark.parametrize(
    ("condition", "found", "words"),
    [
        (Condition("rate_over_mark", at_most=1), 1.005, "is 1.005, at most 1 is needed"),
        (Condition("rate_over_mark", at_most=1), 1.0000001, "is just above 1, at most 1 is needed"),
        (Condition("accuracy", at_least=0.8), 0.79996, "is 0.79996, at least 0.8 is needed"),
        (Condition("accuracy", at_least=0.8), 0.7999999, "is just below 0.8, at least 0.8 is needed"),
        (Condition("first_loss", at_least=2.3025, at_most=2.3027), 2.3, "is 2.3, at least 2.3025 and at most 2.3027"),
        (Condition("steps", at_least=1000), 999, "is 999, at least 1,000 is needed"),
    ],
)
def test_what_was_found_is_never_told_as_what_is_needed(condition: Condition, found: float, words: str) -> None:
    assert words in condition.told(found)
