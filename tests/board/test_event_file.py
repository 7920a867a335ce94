"""The event file of a board: a folder of its own, nothing lost on a full disk, and goes on after others spoilt it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from full_disk import no_file_above
from reading import Log
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from torchdemos.board import Board, layout
from torchdemos.log import tags
from torchdemos.log.run_folder import EVENT_FILES


def test_a_used_folder_is_refused(tmp_path: Path) -> None:
    Board(tmp_path / "run").close()
    with pytest.raises(FileExistsError, match="run.*choose another"):
        Board(tmp_path / "run")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(OSError, match="is a file"):
        Board(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    with pytest.raises(OSError, match="cannot make the log folder /proc/no/run"):
        Board("/proc/no/run")


def test_a_full_disk_is_one_sentence_and_loses_nothing_else(tmp_path: Path) -> None:
    written = []
    with Board(tmp_path / "run") as board:
        with no_file_above(3000), pytest.raises(OSError, match="cannot write the log.*before is intact"):
            for step in range(1000):
                board.log(step, scalars={"s": float(step)})
                written.append(step)
        board.log(1000, scalars={"s": 0.0, tags.LOSS: 1.0})
    assert Log(tmp_path / "run").steps("s") == [*written, 1000] and len(written) > 10


def test_what_was_said_once_is_said_again_if_the_disk_did_not_take_it(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, texts={"t": "x"})
        with no_file_above(100), pytest.raises(OSError, match="cannot write the log"):
            board.log(1, scalars={tags.LOSS: float("nan")})
        board.log(2, scalars={tags.LOSS: 1.0})
    log = Log(tmp_path / "run")
    assert "ln 10" in log.description(tags.LOSS) and log.text("diagnosis").endswith("step 1.")


def event_file(folder: Path) -> Path:
    """The newest of a folder."""
    return max(folder.glob(EVENT_FILES))


def cut(folder: Path) -> None:
    with event_file(folder).open("r+b") as file:
        file.truncate(0)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (shutil.rmtree, "was removed by others"),
        (lambda folder: event_file(folder).unlink(), "was removed by others"),
        (lambda folder: folder.rename(folder.with_name("elsewhere")), "was removed by others"),
        (cut, "was cut short or written to by others"),
    ],
    ids=["folder removed", "file removed", "folder renamed", "file cut short"],
)
def test_a_log_that_others_spoil_goes_on_in_a_new_file(
    tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    with Board(tmp_path / "run") as board:
        board.show(layout.custom_scalars({"a": {"b": ["s"]}}))
        board.log(0, scalars={tags.LOSS: float("nan")})
        spoil(tmp_path / "run")
        with pytest.warns(UserWarning, match=f"{words}: this run goes on in .*run/events") as told:
            board.log(1, scalars={tags.LOSS: 1.0})
        board.log(2, scalars={tags.LOSS: 2.0})
    log = Log(tmp_path / "run")
    assert log.steps(tags.LOSS) == [1, 2] and "ln 10" in log.description(tags.LOSS)
    assert log.text("diagnosis").endswith("for the first time at step 0.")
    assert log.content("custom_scalars__config__")
    assert [Path(one.filename).name for one in told] == ["test_event_file.py"]


def test_a_program_may_change_its_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    with Board("run") as board:
        board.log(0, scalars={"s": 1.0})
        monkeypatch.chdir(tmp_path / "other")
        board.log(1, scalars={"s": 1.0})
        board.variant("0_he").log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "run").steps("s") == [0, 1] and Log(tmp_path / "run" / "0_he").steps("s") == [0]
    assert list((tmp_path / "other").iterdir()) == []


def run_of(folder: Path, steps: range, resume: bool = False) -> None:
    with Board(folder, resume) as board:
        board.show(layout.custom_scalars({"a": {"b": ["s"]}}))
        for step in steps:
            board.log(step, scalars={"s": float(resume)}, texts={"note": str(resume)})
            board.variant(f"at_{step}")


@pytest.mark.parametrize(("first", "kept"), [(3, 3), (0, 0), (7, 5)])
def test_a_resumed_run_goes_on_from_its_first_step(tmp_path: Path, first: int, kept: int) -> None:
    run_of(tmp_path / "run", range(5))
    run_of(tmp_path / "run", range(first, first + 4), resume=True)
    log = Log(tmp_path / "run")
    assert log.steps("s") == [*range(kept), *range(first, first + 4)]
    assert log.values("s") == [0.0] * kept + [1.0] * 4
    assert log.text("note") == "True" and log.content("custom_scalars__config__")


def test_a_restart_is_an_event_of_the_log(tmp_path: Path) -> None:
    run_of(tmp_path / "run", range(5))
    run_of(tmp_path / "run", range(3, 4), resume=True)
    events = raw(tmp_path / "run")
    starts = [(event.step, event.session_log.status) for event in events if event.HasField("session_log")]
    assert starts == [(3, SessionLog.START)] and events[0].file_version


def test_a_resumed_run_says_where_it_begins_before_it_logs(tmp_path: Path) -> None:
    run_of(tmp_path / "run", range(5))
    with Board(tmp_path / "run", resume=True) as board:
        board.begin(2)
        board.log(4, scalars={"s": 1.0})
    assert Log(tmp_path / "run").steps("s") == [0, 1, 4]


def test_a_folder_without_a_run_starts_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").touch()
    run_of(tmp_path / "run", range(2), resume=True)
    assert Log(tmp_path / "run").steps("s") == [0, 1]
    assert not any(event.HasField("session_log") for event in raw(tmp_path / "run"))


def raw(folder: Path) -> list[Event]:
    return [Event.FromString(record) for record in RawEventFileLoader(str(event_file(folder))).Load()]
