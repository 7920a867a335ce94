"""The runs of a log are read once, and again only when they have grown."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pytest

from torchdemos.log import answers
from torchdemos.view.plugin.runs import MAX_KEPT, Memory, Runs

PAGE: answers.Page = {"question": "Why?", "answer": "So.", "hero": {}, "cards": [], "claims": []}


class Series(NamedTuple):
    """What a provider tells of a series without reading it."""

    max_step: int
    max_wall_time: float


class Point(NamedTuple):
    step: int
    value: float


class Text(NamedTuple):
    numpy: Any


class Blob(NamedTuple):
    blob_key: str


class Blobs(NamedTuple):
    values: list[Blob]


class Provider:
    """Holds runs of a few losses, a README and a page, and counts which of them were read."""

    def __init__(self, **steps: int) -> None:
        self.steps = steps
        self.read: Counter[str] = Counter()

    def list_scalars(self, **_: Any) -> dict[str, dict[str, Series]]:
        return {run: {"loss": Series(last, float(last))} for run, last in self.steps.items()}

    list_tensors = list_blob_sequences = list_scalars

    def read_scalars(self, run_tag_filter: Any, **_: Any) -> dict[str, dict[str, list[Point]]]:
        self.read.update(f"points of {run}" for run in run_tag_filter.runs)
        return {run: {"loss": [Point(i, 0.5) for i in range(self.steps[run])]} for run in run_tag_filter.runs}

    def read_tensors(self, run_tag_filter: Any, **_: Any) -> dict[str, dict[str, list[Text]]]:
        return {run: {"README/text_summary": [Text(np.array([b"# Why?"]))]} for run in self._asked(run_tag_filter)}

    def read_blob_sequences(self, run_tag_filter: Any, **_: Any) -> dict[str, dict[str, list[Blobs]]]:
        self.read.update(f"page of {run}" for run in self._asked(run_tag_filter))
        return {run: {answers.TAG: [Blobs([Blob(run)])]} for run in self._asked(run_tag_filter)}

    def read_blob(self, *_: Any, **__: Any) -> bytes:
        return answers.pack(PAGE)

    def _asked(self, only: Any) -> list[str]:
        return list(self.steps) if only.runs is None else list(only.runs)


def runs(provider: Provider, memory: Memory) -> Runs:
    return Runs(provider, None, "", memory)  # type: ignore[arg-type]


def test_an_outline_has_page_and_readme_and_of_scalars_the_tags() -> None:
    outline = runs(provider := Provider(a=3), Memory()).outlines()["a"]
    assert outline.answer == PAGE and outline.texts == {"README": "# Why?"} and outline.ended == 3.0
    assert outline.scalars == {"loss": []} and provider.read == {"page of a": 1}


def test_only_a_run_that_has_grown_is_read_again() -> None:
    provider, memory = Provider(a=3, b=5), Memory()
    for _ in range(3):
        now = runs(provider, memory)
        now.outlines()
        assert [len(now.whole(run).scalars["loss"]) for run in "ab"] == [3, 5]
    provider.steps["b"] = 6
    now = runs(provider, memory)
    now.outlines()
    assert len(now.whole("b").scalars["loss"]) == 6 and len(now.whole("a").scalars["loss"]) == 3
    assert provider.read == {"page of a": 1, "points of a": 1, "page of b": 2, "points of b": 2}


def test_the_stamp_changes_when_a_run_grows_or_comes() -> None:
    memory = Memory()
    stamps = [runs(Provider(**steps), memory).stamp for steps in ({"a": 3}, {"a": 3}, {"a": 4}, {"a": 4, "b": 1})]
    assert stamps[0] == stamps[1] and len(set(stamps)) == 3


def test_a_run_that_is_gone_is_no_longer_there() -> None:
    memory = Memory()
    runs(Provider(a=1, b=1), memory).outlines()
    assert list(runs(Provider(a=1), memory).outlines()) == ["a"]
    with pytest.raises(KeyError):
        runs(Provider(a=1), memory).whole("b")


def test_no_more_than_a_few_runs_are_kept_whole() -> None:
    provider, memory = Provider(**{f"r{i}": 1 for i in range(2 * MAX_KEPT)}), Memory()
    now = runs(provider, memory)
    for run in provider.steps:
        now.whole(run)
    assert list(memory.whole) == list(provider.steps)[-MAX_KEPT:]


def test_of_a_run_that_began_again_the_latest_branch_is_read() -> None:
    class Restarted(Provider):
        def read_scalars(self, run_tag_filter: Any, **_: Any) -> dict[str, dict[str, list[Point]]]:
            return {
                "a": {"loss": [Point(step, value) for value, steps in ((1.0, 5), (2.0, 3)) for step in range(steps)]}
            }

    assert runs(Restarted(a=5), Memory()).whole("a").scalars == {"loss": [(0, 2.0), (1, 2.0), (2, 2.0)]}
