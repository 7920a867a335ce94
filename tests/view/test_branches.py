"""A run that began again is read as TensorBoard reads it, by either of its loaders."""

import random
import time
import warnings
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from event_files import VERSION, blobs, scalars, start, text, write
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import Log
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.context import RequestContext
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util
from torch.utils.tensorboard import SummaryWriter

from torchdemos.view import branches, events, remarks
from torchdemos.view.branches import latest

Run = dict[str, list[tuple[int, float]]]


def branch(first: int, steps: int, value: float, tags: Sequence[str] = ("a", "b")) -> list[Event]:
    return [scalars(step, **dict.fromkeys(tags, value)) for step in range(first, first + steps)]


BRANCHES = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.sets(st.sampled_from("abc"), min_size=1)))


@given(BRANCHES, st.booleans())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_what_an_announced_start_drops_is_what_the_event_accumulator_drops(
    branches: list[tuple[int, int, set[str]]], several_files: bool
) -> None:
    parts = [
        [VERSION, start(first), *branch(first, steps, float(number), sorted(tags))]
        for number, (first, steps, tags) in enumerate(branches)
    ]
    with TemporaryDirectory() as name:
        folder = write(Path(name), *parts) if several_files else write(Path(name), [*chain(*parts)])
        found, log = events.read(folder).scalars, Log(folder)
        theirs = {tag: list(zip(log.steps(tag), log.values(tag), strict=True)) for tag in log.tags()}
    assert found == {tag: series for tag, series in theirs.items() if series}


def a_run(chance: random.Random) -> list[Event]:
    """Some branches, of which each tag may be in some: no step is announced."""
    made = [VERSION]
    for number in range(chance.randint(1, 4)):
        tags = chance.sample("abc", chance.randint(1, 3))
        made += branch(chance.randint(0, 6), chance.randint(1, 5), float(number), tags)
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Run]]]:
    """Many such runs, and what TensorBoard's default loader has of them."""
    folder, chance = tmp_path_factory.mktemp("served"), random.Random(0)
    for number in range(60):
        write(folder / f"{number}", a_run(chance))
    write(folder / "purged", [VERSION, *branch(0, 6, 1.0)], [VERSION, start(3), *branch(3, 2, 2.0)])
    server = server_ingester.SubprocessServerDataIngester(
        server_ingester.get_server_binary(), str(folder), reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL, samples_per_plugin={"scalars": 1000},
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of the process that TensorBoard leaves to itself
        server.start()
    asked: dict[str, Any] = {"experiment_id": "", "plugin_name": "scalars", "downsample": 1000}
    found: dict[str, Run] = {}
    while len(found) < 61:
        time.sleep(0.02)
        read = server.data_provider.read_scalars(RequestContext(), **asked)
        found = {
            run: {tag: [(one.step, one.value) for one in data] for tag, data in tags.items()}
            for run, tags in read.items()
        }
    yield folder, found
    server._stdin_handle.close()  # the server ends with its input


def test_a_step_that_goes_back_drops_what_the_default_loader_drops(served: tuple[Path, dict[str, Run]]) -> None:
    folder, theirs = served
    assert {name: run.scalars for name, run in events.runs(folder).items()} == theirs
    assert sum(len(run.restarts) for run in events.runs(folder).values()) > 30


def test_the_purge_step_of_pytorchs_writer_leaves_one_branch(tmp_path: Path) -> None:
    for purge in (None, 3):
        with SummaryWriter(str(tmp_path), purge_step=purge, filename_suffix=f".{purge or 0}") as writer:
            for step in range(purge or 0, 5 if purge else 8):
                writer.add_scalar("a", float(purge or 1), step)
            if not purge:
                writer.add_scalar("b", 7.0, 7)
    run = events.read(tmp_path)
    assert run.scalars == {"a": [(0, 1.0), (1, 1.0), (2, 1.0), (3, 3.0), (4, 3.0)]} and run.restarts == [3]


def test_a_start_takes_back_the_later_version_of_a_text(tmp_path: Path) -> None:
    run = events.read(write(tmp_path, [VERSION, text(0, "early"), text(5, "late"), start(3)]))
    assert run.texts == {"note": "early"}


def test_the_first_start_of_a_run_is_no_restart(tmp_path: Path) -> None:
    assert events.read(write(tmp_path, [VERSION, start(0), *branch(0, 3, 1.0)])).restarts == []


def test_a_tag_that_is_written_late_is_no_restart(tmp_path: Path) -> None:
    late = [scalars(0, a=1.0), scalars(5, a=1.0), scalars(3, b=1.0)]
    assert events.read(write(tmp_path, [VERSION, *late])).restarts == []


def test_a_restart_on_a_branch_that_was_left_counts_no_more(tmp_path: Path) -> None:
    parts = [VERSION, *branch(0, 9, 1.0), *branch(5, 3, 2.0), *branch(2, 3, 3.0)]
    assert events.read(write(tmp_path, parts)).restarts == [2]


def test_of_two_values_at_a_step_the_later_counts(tmp_path: Path) -> None:
    assert events.read(write(tmp_path, [VERSION, scalars(1, a=1.0), scalars(1, a=2.0)])).scalars == {"a": [(1, 2.0)]}
    assert latest([(1, "x"), (2, "y"), (1, "z")]) == [(1, "z")]


def test_more_pictures_than_the_memory_holds_are_thinned_evenly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "MOST_HELD", 1000)
    parts = [VERSION, *(blobs(step, "neurons", [b"{}", bytes(98)]) for step in range(100))]
    run = events.read(write(tmp_path, parts))
    steps = [step for step, _ in run.neurons["neurons"]]
    assert len(steps) <= 10 and steps[0] == 0 and steps[-1] == 99 and len(steps) + run.thinned == 100
    assert remarks.of({".": run}) == [remarks.thinned(run.thinned)]
