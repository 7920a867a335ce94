"""Folders made to hang, fill or overrun whoever reads them: each must give its report within seconds and megabytes."""

import os
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.row import Row
from torchdemos.board import Board, wire
from torchdemos.log import run_folder

SECONDS, MEGABYTES = 20, 1500  # of the whole process, which imports NumPy
NAME = "events.out.tfevents.9.bomb"
REPORT = "import sys; from torchdemos import report; print(len(report(sys.argv[1]).html))"


def trial() -> list[Row]:
    lost = sum(not _is_survived(make) for make in BOMBS)
    return [
        Row("folders made to hang or fill a report (pipes, devices, zeros, huge lengths, deep notes)", len(BOMBS), lost)
    ]


def _is_survived(make: Callable[[Path], object]) -> bool:
    """Whether a report of a sound run with this beside it is made within the limits."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "run"
        with Board(folder) as board:
            board.log(0, {"loss": 1.0})
            board.log(1, {"loss": 0.5})
        make(folder)
        try:
            made = subprocess.run(
                [sys.executable, "-c", REPORT, str(folder)], timeout=SECONDS, capture_output=True, encoding="utf-8",
                preexec_fn=_limit_memory, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return made.returncode == 0 and int(made.stdout) < 5_000_000


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20, MEGABYTES * 2**20))


def pipe(folder: Path) -> None:
    os.mkfifo(folder / NAME)


def pipe_for_a_note(folder: Path) -> None:
    os.mkfifo(folder / run_folder.NOTE)


def device(folder: Path) -> None:
    (folder / NAME).symlink_to("/dev/zero")


def device_for_a_note(folder: Path) -> None:
    (folder / run_folder.RESULT).symlink_to("/dev/zero")


def zeros(folder: Path) -> None:
    (folder / NAME).write_bytes(bytes(100_000_000))


def three_gigabytes(folder: Path) -> None:
    with open(folder / NAME, "wb") as file:
        file.truncate(3 * 10**9)


def many_likely_lengths(folder: Path) -> None:
    (folder / NAME).write_bytes(b"\x01\0\0\0\0" * 10_000_000)


def a_length_without_end(folder: Path) -> None:
    length = struct.pack("<Q", 2**62)
    (folder / NAME).write_bytes(length + wire.checksum(length))


def a_record_of_half_a_gigabyte(folder: Path) -> None:
    length = struct.pack("<Q", 2**29)
    with open(folder / NAME, "wb") as file:
        file.write(length + wire.checksum(length))
        file.truncate(2**29 + 16)


def a_note_nested_without_end(folder: Path) -> None:
    (folder / run_folder.NOTE).write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")


def a_note_of_a_gigabyte(folder: Path) -> None:
    with open(folder / run_folder.NOTE, "wb") as file:
        file.truncate(10**9)


def pictures_that_unpack_to_gigabytes(folder: Path) -> None:
    head = struct.pack(">II5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(10**7))), (b"IEND", b"")]
    chunks = b"".join(struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in parts)
    picture = b"\x89PNG\r\n\x1a\n" + chunks
    value = wire.sized(wire.TAG, b"p") + wire.sized(b"\x22", wire.sized(b"\x22", picture))
    (folder / NAME).write_bytes(wire.record(wire.event(1.0, 0, wire.sized(wire.VALUE, value))))


BOMBS: tuple[Callable[[Path], object], ...] = (
    pipe, pipe_for_a_note, device, device_for_a_note, zeros, three_gigabytes, many_likely_lengths, a_length_without_end,
    a_record_of_half_a_gigabyte, a_note_nested_without_end, a_note_of_a_gigabyte, pictures_that_unpack_to_gigabytes,
)  # fmt: skip
