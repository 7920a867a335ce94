"""A connection that has shown the token keeps its place; of the others the first that came makes room."""

from typing import Any

import pytest

from torchdemos.view.serving import places
from torchdemos.view.serving.places import Places


class Task:
    is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr(places, "MOST", 2)
    return Places()


def tasks(number: int) -> list[Any]:
    return [Task() for _ in range(number)]


def test_the_stranger_who_came_first_makes_room(two: Places) -> None:
    first, second, third = tasks(3)
    assert two.take(first) and two.take(second) and two.take(third)
    assert [task.is_cancelled for task in (first, second, third)] == [True, False, False]


def test_nobody_who_is_known_does(two: Places) -> None:
    first, second, third = tasks(3)
    for task in (first, second):
        assert two.take(task)
        two.know(task)
    assert not two.take(third)
    two.leave(first)
    assert two.take(third) and not second.is_cancelled


def test_who_has_been_answered_makes_room(two: Places) -> None:
    first, second, third = tasks(3)
    for task in (first, second):
        assert two.take(task)
        two.know(task)
    two.forget(second)
    assert two.take(third) and second.is_cancelled and not first.is_cancelled


def test_all_end_at_the_end(two: Places) -> None:
    first, second = tasks(2)
    two.take(first)
    two.know(first)
    two.take(second)
    assert two.known() == [first]
    assert two.clear() == [second, first] and first.is_cancelled and second.is_cancelled
