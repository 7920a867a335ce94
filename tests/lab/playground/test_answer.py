"""A session that has ended answers its question with its own numbers, and with pictures that show them."""

import math
from collections.abc import Sequence

import pytest

from torchdemos.lab.playground import answer
from torchdemos.lab.playground.course import MOST_POINTS, Course
from torchdemos.log import answers

Part = tuple[float, float, Sequence[float]]  # learning rate, its mark, losses


def course(*parts: Part, name: str = "01_linear") -> Course:
    made, step = Course(name, name[3:]), 0
    for rate, mark, losses in parts:
        for loss in losses:
            made.add(step, loss, rate, mark)
            step += 1
    return made


BELOW, BEYOND = (0.02, 0.05, [2.0, 1.0]), (0.06, 0.05, [1.0, 1.5e12])


@pytest.mark.parametrize(
    ("courses", "words"),
    [
        (
            [course(BELOW, BEYOND)],
            "At a learning rate of **0.06**, beyond the mark of **0.05**, the loss went from **1** to **1.5·10¹²**; "
            "at **0.02**, below it, from **2** to **1**.",
        ),
        (
            [course(BELOW), course((0.3, 0.1, [3.0, math.inf]), name="02_seed_3")],
            "At a learning rate of **0.3**, beyond the mark of **0.1**, the loss went from **3** to not finite, "
            "at step **1**; at **0.02**, below the mark of **0.05**, from **2** to **1**.",
        ),
        (
            [course(BELOW)],
            "At a learning rate of **0.02**, below the mark of **0.05**, the loss went from **2** to **1**.",
        ),
        ([course((0.02, math.nan, [2.0, 1.0]))], "At a learning rate of **0.02**, the loss went from **2** to **1**."),
        (
            [course((0.03, 0.05, [2.0]), (0.01, 0.05, [1.5]), (0.02, 0.05, [1.0]))],
            "At learning rates of **0.01** to **0.03**, below the mark of **0.05**, the loss went from **2** to **1**.",
        ),
        ([course((0.02, math.nan, [2.0]))], ""),
    ],
)
def test_the_answer_tells_what_the_loss_did_on_both_sides_of_the_mark(courses: list[Course], words: str) -> None:
    assert answer.said(answer.told(courses)) == words


def test_a_network_that_was_on_both_sides_tells_more_than_one_that_rose_farther() -> None:
    both, wild = course(BELOW, BEYOND), course((10.0, 0.05, [1.0, math.nan]), name="02_seed_3")
    assert [one.course for one in answer.told([wild, both, wild])] == [both, both]


def test_the_page_has_the_loss_above_its_mark_and_survives_what_is_no_number() -> None:
    courses = [course((0.1, 0.05, [1.0, math.nan]), name=f"{i:02d}_seed") for i in range(9)]
    page = answers.unpack(answers.pack(answer.page(courses, "Verdict.")))
    assert page is not None and page["answer"].endswith("at step **1**. Verdict.")
    loss, rate, latest = page["cards"]
    assert loss["data"]["series"][0]["points"] == [[0, 1.0], [1, None]]
    assert rate["data"]["series"][0]["points"] == [[0, 2.0], [1, 2.0]] and rate["data"]["marks"] == [[1, "the mark"]]
    assert latest["condition"] == "the latest 5 of 9 networks" and len(latest["data"]["series"]) == 5


def test_a_rate_without_a_mark_is_drawn_as_it_is() -> None:
    (_, rate) = answer.page([course((0.02, math.nan, [2.0, 1.0]))], "")["cards"]
    assert rate["data"]["series"][0]["points"] == [[0, 0.02], [1, 0.02]] and rate["data"]["marks"] == []


def test_a_course_of_a_day_stays_small_and_even() -> None:
    long = course((0.02, 0.05, [1.0] * 5000))
    assert MOST_POINTS / 2 <= len(long.points) <= MOST_POINTS
    assert len({later.step - own.step for own, later in zip(long.points, long.points[1:], strict=False)}) == 1
    assert [part.steps for part in long.stretches] == [5000]
