"""One event file: whole records only, after all others in the order of names."""

import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

import pytest
from reading import Log

from torchdemos.board import wire
from torchdemos.board.record_file import RecordFile


def point(step: int) -> bytes:
    return wire.event(time.time(), step, wire.scalars([wire.head("s")], [1.0]))


class Disk(FileIO):
    """A file on a disk that takes `room` more bytes; if it is `stuck`, not even a file can be cut short."""

    room, stuck, interrupting = 0, False, False

    def write(self, content: memoryview) -> int:  # type: ignore[override]
        if not Disk.room:
            raise KeyboardInterrupt if Disk.interrupting else OSError(28, "No space left on device")
        written = super().write(content[: Disk.room])
        Disk.room -= written
        return written

    def truncate(self, size: int) -> int:  # type: ignore[override]
        if Disk.stuck:
            raise OSError(5, "Input/output error")
        return super().truncate(size)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> type[Disk]:
    monkeypatch.setattr("torchdemos.board.record_file.FileIO", Disk)
    for name, value in {"room": 200, "stuck": False, "interrupting": False}.items():
        monkeypatch.setattr(Disk, name, value)
    return Disk


def test_a_record_that_does_not_fit_is_taken_back_and_later_ones_are_read(tmp_path: Path, disk: type[Disk]) -> None:
    file, written = RecordFile(tmp_path), list[int]()
    for step in range(20):
        with suppress(OSError):
            file.append(point(step))
            written.append(step)
        disk.room += 200 if step == 12 else 0
    assert file.is_intact() and Log(tmp_path).steps("s") == written
    assert 0 < written.index(13) < 13


def test_a_torn_record_that_cannot_be_taken_back_ends_the_file(tmp_path: Path, disk: type[Disk]) -> None:
    file, disk.stuck = RecordFile(tmp_path), True
    with pytest.raises(OSError, match="No space left"):
        for step in range(20):
            file.append(point(step))
    assert not file.is_intact()


def test_a_disk_without_room_for_the_first_record_leaves_no_file(tmp_path: Path, disk: type[Disk]) -> None:
    disk.room = 10
    with pytest.raises(OSError, match="No space left"):
        RecordFile(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_takes_the_whole_record_back(tmp_path: Path, disk: type[Disk]) -> None:
    file = RecordFile(tmp_path)
    file.append(point(0))
    disk.room, disk.interrupting = 7, True
    with pytest.raises(KeyboardInterrupt):
        file.append(point(1))
    assert file.is_intact() and Log(tmp_path).steps("s") == [0]


def test_a_file_has_the_last_name_of_its_folder(tmp_path: Path) -> None:
    later = int(time.time()) + 1000
    (tmp_path / f"events.out.tfevents.{later}.zzz.9.9").touch()
    names = [RecordFile(tmp_path).path.name for _ in range(12)]
    assert sorted(names) == names and names[0].startswith(f"events.out.tfevents.{later + 1}.")


@pytest.mark.parametrize("size", [0, 30])
def test_a_file_that_others_cut_short_is_not_intact(tmp_path: Path, size: int) -> None:
    file = RecordFile(tmp_path)
    assert file.is_intact()
    with file.path.open("r+b") as others:
        others.truncate(size)
    assert not file.is_intact()


def test_what_is_written_after_a_cut_leaves_no_hole(tmp_path: Path) -> None:
    file = RecordFile(tmp_path)
    with file.path.open("r+b") as others:
        others.truncate(0)
    file.append(point(0))
    assert file.path.stat().st_size == len(wire.record(point(0)))
