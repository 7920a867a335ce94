"""The files beside TensorBoard: what it cannot show is told, and only what is new is read."""

import os
from pathlib import Path

from event_files import VERSION, records, scalars, start, write

from torchdemos.view.plugin import followed
from torchdemos.view.plugin.followed import STOPS, Followed

POINTS = [scalars(step, a=1.0) for step in range(5)]


def damage(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[-60] ^= 1
    path.write_bytes(whole)


def test_a_sound_log_and_one_that_is_nowhere_have_no_remarks(tmp_path: Path) -> None:
    write(tmp_path / "run", [VERSION, start(0), *POINTS])
    assert Followed(tmp_path).remarks() == Followed(None).remarks() == Followed(tmp_path / "gone").remarks() == []


def test_damage_is_told_and_that_tensorboard_stops_there(tmp_path: Path) -> None:
    damage(write(tmp_path / "run", [VERSION, *POINTS]) / "events.out.tfevents.0")
    words = "run: Not all of this log can be read. 1 damaged record is left out."
    assert Followed(tmp_path).remarks() == [words, STOPS]


def test_a_restart_is_told_wherever_it_comes(tmp_path: Path) -> None:
    one = Followed(tmp_path)
    run = write(tmp_path, [VERSION, *POINTS])
    assert one.remarks() == []
    (run / "events.out.tfevents.1").write_bytes(b"".join(records([VERSION, start(2), *POINTS[2:]])))
    (told,) = one.remarks()
    assert told.startswith("The run began again at step 2:") and one.remarks() == [told]


def test_a_record_that_is_completed_later_is_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path, [VERSION, *POINTS]) / "events.out.tfevents.0"
    whole, one = path.read_bytes(), Followed(tmp_path)
    path.write_bytes(whole[:-10])
    assert one.remarks() == []
    os.utime(path, (0, 0))
    (told,) = one.remarks()
    assert told.endswith("bytes are cut off or still being written.") and "damage" not in told
    path.write_bytes(whole)
    assert one.remarks() == []


def test_a_long_log_is_read_in_turns(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(followed, "MOST_BYTES", 1)
    for name in ("a", "b"):
        damage(write(tmp_path / name, [VERSION, *POINTS]) / "events.out.tfevents.0")
    one = Followed(tmp_path)
    assert len([one.remarks() for _ in range(20)][-1]) == 3


def test_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tfevents.pipe")
    assert "1 file cannot be opened" in Followed(tmp_path).remarks()[0]
