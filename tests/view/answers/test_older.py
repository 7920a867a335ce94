"""The page of a demo's run without a page of its own: older, still running, or stopped."""

import time

import pytest

from torchdemos.log import tags
from torchdemos.view.answers import older
from torchdemos.view.events import LoggedRun

README = {"README": "# Why?\n\n## The runs"}


def test_an_older_run_has_its_question_and_its_verdict() -> None:
    run = LoggedRun(texts=README | {"RESULT": "**It holds.**\n\n|claim|\n|---|"})
    page = older.page(run, {})
    assert page["question"] == "Why?" and page["answer"] == f"It holds. {older.OLDER}"


@pytest.mark.parametrize(("silent", "said"), [(0, older.RUNNING), (older.SILENT_SECONDS + 60, older.STOPPED)])
def test_a_run_without_a_result_is_still_running_until_it_has_long_been_silent(silent: float, said: str) -> None:
    variant = LoggedRun(ended=time.time() - silent)
    assert older.page(LoggedRun(texts=README, ended=1.0), {"0_he": variant})["answer"] == said


def test_what_is_there_so_far_is_drawn() -> None:
    losses = LoggedRun(scalars={tags.LOSS_CAPPED: [(0, 2.0), (1, 1.0)], tags.ACCURACY: [(0, 0.5)]})
    (card,) = older.page(LoggedRun(texts=README), {"run/0_vanish": losses, "run/0.theory": losses})["cards"]
    (line,) = card["data"]["series"]
    assert card["title"] == "Loss capped"
    assert line == {"name": "vanish", "points": [[0, 2.0], [1, 1.0]], "colour": "var(--blue)"}


def test_a_loss_that_is_not_capped_is_drawn_where_no_other_is() -> None:
    points = [(0, 2.0), (1, 1.0)]
    bare, both = {tags.LOSS: points, tags.ACCURACY: points}, {tags.LOSS: points, tags.LOSS_CAPPED: points}
    for scalars, titles in ((bare, ["Loss", "Accuracy"]), (both, ["Loss capped"])):
        cards = older.page(LoggedRun(texts=README), {"0_he": LoggedRun(scalars=scalars)})["cards"]
        assert [card["title"] for card in cards] == titles


def test_a_run_without_a_heading_in_its_readme_is_no_demo() -> None:
    assert older.is_demo(LoggedRun(texts=README)) and not older.is_demo(LoggedRun(texts={"README": "hello"}))
