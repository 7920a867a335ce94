"""Records of a file, whatever has happened to it: what is damaged is counted and everything else is there."""

import os
import struct
from pathlib import Path

import pytest
from event_files import VERSION, records, scalars
from hypothesis import given, settings
from hypothesis import strategies as st

from torchdemos.board import wire
from torchdemos.view import records as reading
from torchdemos.view.damage import Damage
from torchdemos.view.records import Records

WHOLE = records([VERSION, *(scalars(step, a=float(step), other=1.0) for step in range(20))])
CONTENTS = [record[12:-4] for record in WHOLE]


def read(path: Path, content: bytes) -> tuple[list[bytes], Damage]:
    path.write_bytes(content)
    found = Records(path)
    return list(found), found.damage + found.tail


def test_a_damaged_content_costs_its_record_alone(tmp_path: Path) -> None:
    broken = [*WHOLE]
    broken[3] = broken[3][:20] + b"?" + broken[3][21:]
    assert read(tmp_path / "f", b"".join(broken)) == (CONTENTS[:3] + CONTENTS[4:], Damage(records=1))


@pytest.mark.parametrize("place", [0, 7, 8, 11])
def test_behind_a_damaged_length_reading_goes_on_at_the_next_record(tmp_path: Path, place: int) -> None:
    broken = [*WHOLE]
    broken[3] = broken[3][:place] + bytes([broken[3][place] ^ 1]) + broken[3][place + 1 :]
    assert read(tmp_path / "f", b"".join(broken)) == (CONTENTS[:3] + CONTENTS[4:], Damage(skipped=len(WHOLE[3])))


def test_a_record_that_was_torn_and_written_on_costs_itself_alone(tmp_path: Path) -> None:
    torn = b"".join([*WHOLE[:5], WHOLE[5][:30], *WHOLE[6:]])
    assert read(tmp_path / "f", torn) == (CONTENTS[:5] + CONTENTS[6:], Damage(skipped=30))


def test_a_file_cut_anywhere_says_how_many_bytes_have_no_end(tmp_path: Path) -> None:
    whole, ends = b"".join(WHOLE[:2]), [len(b"".join(WHOLE[:n])) for n in range(3)]
    for length in range(len(whole)):
        before = max(n for n in range(3) if ends[n] <= length)
        assert read(tmp_path / "f", whole[:length]) == (CONTENTS[:before], Damage(cut=length - ends[before]))


def test_a_file_that_grows_is_read_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"".join(WHOLE[:3]) + WHOLE[3][:9])
    followed = Records(path)
    assert list(followed) == CONTENTS[:3] and followed.tail == Damage(cut=9)
    path.write_bytes(b"".join(WHOLE))
    assert list(followed) == CONTENTS[3:] and not followed.damage + followed.tail
    assert list(followed) == []


def test_zeros_end_a_file_as_they_do_for_tensorboard(tmp_path: Path) -> None:
    assert read(tmp_path / "f", b"".join(WHOLE) + bytes(10**6)) == (CONTENTS, Damage(skipped=10**6))


@pytest.mark.parametrize("noise", [b"\x01\0\0\0\0" * 4000, b"\xff" * 20_000, bytes(range(256)) * 80])
def test_a_search_ends_where_there_is_too_much_to_search(
    tmp_path: Path, noise: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_TRIED", 500)
    monkeypatch.setattr(reading, "MOST_SEARCHED", 1000)
    monkeypatch.setattr(reading, "PIECE", 500)
    found, damage = read(tmp_path / "f", WHOLE[0] + noise + WHOLE[1])
    assert found == CONTENTS[:1] and damage == Damage(skipped=len(noise) + len(WHOLE[1]))


def test_a_declared_length_takes_no_memory(tmp_path: Path) -> None:
    length = struct.pack("<Q", 2**62)
    header = length + wire.checksum(length)
    assert read(tmp_path / "f", header + b"x" * 50) == ([], Damage(cut=62))


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(20, 60))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_records_come_back_however_pieces_cut_them(contents: list[bytes], piece: int) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"pieces-{os.getpid()}"
    before, reading.PIECE = reading.PIECE, piece
    try:
        assert read(path, b"".join(map(wire.record, contents))) == (contents, Damage())
    finally:
        reading.PIECE = before
        path.unlink()


def test_a_pipe_a_folder_and_a_file_that_is_gone_do_not_hold_anyone_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero", ".", "gone", "nul\0"):
        found = Records(tmp_path / name)
        assert list(found) == [] and found.tail == Damage(files=1)
