"""Scalars as cards: which runs and points they have, whatever was logged."""

import math

from torchdemos.view.answers import curves
from torchdemos.view.events import LoggedRun


def run(*values: float) -> LoggedRun:
    return LoggedRun(scalars={"train/my_loss": list(enumerate(values))})


def test_a_card_has_seven_lines_of_a_hundred_points_at_most() -> None:
    (card,) = curves.cards({f"{i}_run": run(*map(float, range(1000))) for i in range(9)}, ["train/my_loss", "gone"])
    lines = card["data"]["series"]
    assert (card["title"], card["condition"]) == ("My loss", "train")
    assert len(lines) == 7 and all(len(line["points"]) == 100 for line in lines)
    assert lines[0]["points"][-1] == [999, 999.0]


def test_what_is_not_finite_is_missing_and_a_lone_number_is_no_curve() -> None:
    (card,) = curves.cards(
        {"a": run(1.0, math.nan, math.inf, 2.0), "b": run(1.0), "c": run(math.nan, 1.0)}, ["train/my_loss"]
    )
    (line,) = card["data"]["series"]
    assert line["points"] == [[0, 1.0], [1, None], [2, None], [3, 2.0]]


def test_a_long_name_is_cut_and_the_folder_itself_has_none() -> None:
    (card,) = curves.cards({"x" * 50: run(1.0, 2.0)}, ["train/my_loss"])
    assert card["data"]["series"][0]["name"] == "x" * 17 + "…"
    (card,) = curves.cards({".": run(1.0, 2.0)}, ["train/my_loss"])
    assert card["data"]["series"][0]["name"] == ""
