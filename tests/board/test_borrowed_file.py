"""A board that writes through a `SummaryWriter` of somebody else's."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from full_disk import no_file_above, wait_for_thread_of
from reading import Log, raw_events
from torch.utils.tensorboard import SummaryWriter

from torchdemos.board import Board
from torchdemos.log import tags


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SummaryWriter]:
    with SummaryWriter(str(tmp_path / "own")) as writer:
        yield writer


def test_a_summary_writer_takes_the_place_of_a_folder(tmp_path: Path, writer: SummaryWriter) -> None:
    writer.add_scalar("loss", 2.0, 7)
    everything = {
        "scalars": {tags.LOSS: 0.1, "nan": math.nan},
        "histograms": {"h": ([1, 2], [0.0, 1.0, 2.0])},
        "pictures": {"p": torch.rand(3, 4, 5)},
        "texts": {"README": "# hello"},
    }
    for where in (tmp_path / "folder", writer):
        board = Board(where)
        board.describe({"nan": "what is not a number"})
        board.log(3, **everything)
    own, folder = raw_events(tmp_path / "own"), raw_events(tmp_path / "folder")
    assert board.folder == tmp_path / "own"
    assert own[-1].summary == folder[-1].summary and own[-1].step == folder[-1].step == 3
    assert len(own) == 3  # the file's version, the writer's own, and ours
    log = Log(tmp_path / "own")
    assert (log.values("loss"), log.steps(tags.LOSS)) == ([2.0], [3]) and "ln 10" in log.description(tags.LOSS)


def test_what_goes_through_a_writer_is_on_disk_at_once(tmp_path: Path, writer: SummaryWriter) -> None:
    board = Board(writer)
    for step in range(3):
        board.log(step, scalars={"s": 1.0})
        assert Log(tmp_path / "own").steps("s") == list(range(step + 1))


def test_a_writer_is_left_open(tmp_path: Path, writer: SummaryWriter) -> None:
    with Board(writer) as board:
        board.log(0, scalars={"s": 1.0})
    with pytest.raises(RuntimeError, match="the board at .*own is closed"):
        board.log(1, scalars={"s": 1.0})
    writer.add_scalar("s", 2.0, 1)
    writer.flush()
    assert Log(tmp_path / "own").values("s") == [1.0, 2.0]


def test_a_closed_writer_is_one_sentence(tmp_path: Path, writer: SummaryWriter) -> None:
    board = Board(writer)
    writer.close()
    with pytest.raises(RuntimeError, match="the SummaryWriter of .*own is closed"):
        board.log(0, scalars={"s": 1.0})


def test_a_writer_that_its_owner_opens_again_is_written_to_again(tmp_path: Path, writer: SummaryWriter) -> None:
    board = Board(writer)
    board.log(0, scalars={"s": 1.0})
    writer.close()
    writer.add_scalar("loss", 1.0, 1)
    board.log(1, scalars={"s": 2.0})
    assert sum(1 for _ in (tmp_path / "own").iterdir()) == 2  # PyTorch begins a file each time


class Lookalike:
    file_writer, log_dir = None, "logs"


@pytest.mark.parametrize("other", [Lookalike(), 3, None], ids=["lookalike", "number", "none"])
def test_another_kind_of_writer_is_named_beside_what_is_accepted(other: object) -> None:
    kind = type(other).__qualname__
    with pytest.raises(TypeError, match=f"takes a folder or a torch.utils.tensorboard.SummaryWriter, not a .*{kind}"):
        Board(other)  # type: ignore[arg-type]


def test_a_variant_of_a_writers_run_lies_in_a_folder_below(tmp_path: Path, writer: SummaryWriter) -> None:
    with Board(writer) as board:
        board.variant("0_he").log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "own" / "0_he").values("s") == [1.0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of the writer's own thread
def test_a_full_disk_under_a_writer_is_one_sentence_until_its_owner_opens_it_again(
    tmp_path: Path, writer: SummaryWriter
) -> None:
    board = Board(writer)
    with no_file_above(100), pytest.raises(OSError, match="cannot write the log in .*own: File too large"):
        for step in range(100):
            board.log(step, scalars={"s": 1.0})
    with pytest.raises(OSError, match="File too large"):
        board.log(100, scalars={"s": 1.0})
    wait_for_thread_of(writer)
    writer.add_scalar("s", 1.0, 101)
    board.log(102, scalars={"s": 1.0})
    assert Log(tmp_path / "own").steps("s")[-2:] == [101, 102]


def test_a_writer_resumes_by_its_own_purge_step(writer: SummaryWriter) -> None:
    with pytest.raises(ValueError, match="a SummaryWriter resumes a run by its own purge_step"):
        Board(writer, resume=True)
