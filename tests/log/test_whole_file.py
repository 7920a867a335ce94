"""A file is the old one or the new one, and never half of it."""

import os
from pathlib import Path

import pytest

from torchdemos.log.whole_file import write_whole


def full(self: Path, content: bytes) -> None:
    with self.open("wb") as file:
        file.write(content[:3])
    raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a", "the old one")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a", "the new one")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text(encoding="utf-8") == "the old one"


def test_text_is_utf_8_and_half_a_character_a_question_mark(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "π \ud800")
    assert (tmp_path / "a").read_bytes() == "π ?".encode()


def test_links_and_rights_stay(tmp_path: Path) -> None:
    (tmp_path / "goal").touch(0o600)
    (tmp_path / "link").symlink_to("goal")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "goal").read_text(encoding="utf-8") == "new"
    assert (tmp_path / "goal").stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_whole(tmp_path / "pipe", "words")
    assert os.read(reading, 10) == b"words" and (tmp_path / "pipe").is_fifo()
    os.close(reading)
