"""Event files read whole, whatever they hold."""

import math
import struct
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from event_files import VERSION, records, scalars
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import Log
from torch.utils.tensorboard import SummaryWriter

from torchdemos.board import Board
from torchdemos.log import tags
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.view import events


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Board(tmp_path / "mine") as board:
        board.describe({"a": "what a is"})
        for step in range(3):
            board.log(step, scalars={"a": float(step)})
        board.log(3, pictures={"4_pictures/p": torch.rand(3, 4, 5)}, texts={"README": "# Hello"})
        board.log(4, blobs={tags.NEURONS: [b"{}", b"\0\1"]})
        board.variant("0_x").log(0, scalars={"a": math.nan})
    return tmp_path / "mine"


def file_of(folder: Path) -> Path:
    return next(folder.glob(EVENT_FILES))


def test_everything_that_a_board_writes_comes_back(folder: Path) -> None:
    runs = events.runs(folder)
    assert list(runs) == [".", "0_x"]
    run = runs["."]
    assert run.scalars == {"a": [(0, 0.0), (1, 1.0), (2, 2.0)]}
    assert [(step, png[:4]) for step, png in run.pictures["4_pictures/p"]] == [(3, b"\x89PNG")]
    assert run.texts == {"README": "# Hello"} and run.descriptions["a"] == "what a is"
    assert run.neurons == {tags.NEURONS: [(4, [b"{}", b"\0\1"])]}
    assert math.isnan(runs["0_x"].scalars["a"][0][1])


def test_the_writer_of_pytorch_is_read_in_its_new_style_too(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("old", 0.5, 1)
        writer.add_scalar("new", 0.25, 2, new_style=True)
        writer.add_scalar("double", 0.125, 3, new_style=True, double_precision=True)
        writer.add_histogram("h", torch.arange(5.0), 1)
        writer.add_text("words", "hello", 1)
        writer.add_image("image", torch.rand(3, 2, 2), 1)
    run = events.read(tmp_path)
    assert run.scalars == {"old": [(1, 0.5)], "new": [(2, 0.25)], "double": [(3, 0.125)]}
    assert run.texts == {"words": "hello"} and list(run.pictures) == ["image"]


def test_a_torn_tail_costs_no_more_than_itself(folder: Path) -> None:
    path = file_of(folder)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = events.read(folder).scalars.get("a", [])
        assert kept == [(0, 0.0), (1, 1.0), (2, 2.0)][: len(kept)]
    assert len(kept) == 3


@pytest.mark.parametrize("garbage", [b"\xff" * 40, struct.pack("<Q", 2**63) + bytes(20), b"hello", bytes(100)])
def test_garbage_behind_good_records_is_ignored(folder: Path, garbage: bytes) -> None:
    path = file_of(folder)
    path.write_bytes(path.read_bytes() + garbage)
    assert len(events.read(folder).scalars["a"]) == 3


def test_no_flipped_byte_raises(folder: Path) -> None:
    path = file_of(folder)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        events.read(folder)


def test_several_files_in_one_folder_are_one_run(tmp_path: Path) -> None:
    for number in (0, 1):
        with SummaryWriter(str(tmp_path), filename_suffix=f".{number}") as writer:
            writer.add_scalar("a", number, 10 * number)
    assert events.read(tmp_path).scalars["a"] == [(0, 0.0), (10, 1.0)]


@pytest.mark.parametrize("first", [0, 2, 9])
def test_a_run_that_was_resumed_reads_as_in_tensorboard(folder: Path, first: int) -> None:
    with Board(folder, resume=True) as board:
        board.log(first, scalars={"a": 9.0})
    run, log = events.read(folder), Log(folder)
    assert [step for step, _ in run.scalars["a"]] == log.steps("a") == [*range(min(first, 3)), first]
    assert run.scalars["a"][-1] == (first, 9.0)
    assert ("4_pictures/p" in run.pictures) == (first > 3)


def test_a_folder_that_only_looks_like_an_event_file_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "tfevents.d").mkdir()
    assert events.runs(tmp_path) == {}


Looks = list[tuple[int, dict[str, float]]]
LOOKS = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.dictionaries(st.text(), st.floats(width=32))),
    max_size=4,
    unique_by=lambda look: look[0],
).map(sorted)


def in_words(series: Iterable[tuple[int, float]]) -> list[tuple[int, str]]:
    """NaN equals NaN only in words."""
    return [(step, repr(value)) for step, value in series]


@given(LOOKS)
@settings(max_examples=50, derandomize=True, deadline=None)
def test_any_scalars_come_back_as_they_were_and_as_tensorboard_reads_them(looks: Looks) -> None:
    written: dict[str, list[tuple[int, float]]] = {}
    with TemporaryDirectory() as name:
        with Board(Path(name) / "run") as board:
            for step, scalars in looks:
                board.log(step, scalars)
                for tag, value in scalars.items():
                    written.setdefault(tag, []).append((step, value))
        found, tensorboards = events.read(board.folder).scalars, Log(board.folder)
    assert found.keys() == written.keys() == set(tensorboards.tags())
    for tag, series in written.items():
        assert in_words(found[tag]) == in_words(series)
        assert in_words(zip(tensorboards.steps(tag), tensorboards.values(tag), strict=True)) == in_words(series)


WRITTEN = [(step, float(step)) for step in range(12)]


@given(st.integers(0, 700), st.integers(0, 80), st.binary(max_size=40))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_whatever_is_cut_out_and_put_in_no_number_is_read_that_was_never_written(at: int, cut: int, put: bytes) -> None:
    whole = b"".join(records([VERSION, *(scalars(step, a=value) for step, value in WRITTEN)]))
    with TemporaryDirectory() as name:
        (Path(name) / "tfevents").write_bytes(whole[:at] + put + whole[at + cut :])
        run = events.read(Path(name))
    kept = run.scalars.get("a", [])
    assert set(kept) <= set(WRITTEN) and kept == sorted(kept)
    changed = whole[:at] + put + whole[at + cut :] != whole
    assert kept == WRITTEN or run.damage or not changed or cut >= len(whole) - at
