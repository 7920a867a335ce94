"""Every warning shows the line of the user's that led to it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from small import small

from torchdemos import watch
from torchdemos.log.warning import warn
from torchdemos.watching.steps import Watch


@contextmanager
def warned_here() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    assert [Path(warning.filename).name for warning in caught] == [Path(__file__).name]


def in_a_block(around: Watch) -> None:
    with around(0):
        pass  # the model is not called


def from_begin_to_end(around: Watch) -> None:
    around.begin(0)
    around.end()


def test_a_warning_of_a_look_shows_the_block(tmp_path: Path) -> None:
    for step in (in_a_block, from_begin_to_end):
        with warned_here() as caught:
            step(watch(small(), tmp_path / step.__name__))
        assert "saw no layer's output" in str(caught[0].message)


def test_a_warning_about_the_folder_shows_the_call_of_watch(tmp_path: Path) -> None:
    watch(small(), tmp_path / "mine")
    with warned_here() as caught:
        watch(small(), tmp_path / "mine")
    assert "is in use" in str(caught[0].message)


def test_a_warning_shows_its_own_line_where_nobody_else_calls() -> None:
    with warned_here() as caught:
        warn("text")
    assert str(caught[0].message) == "text"
