"""Event files with bytes changed, cut out, put in, swapped, repeated or zeroed: is anything read that nobody wrote?"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.reliability.row import Row
from torchdemos.board import Board
from torchdemos.view import events
from torchdemos.view.events import LoggedRun

FILES = 2500
STEPS = 60
Item = tuple[str, str, object, object]  # kind, tag, step, content


def trial() -> list[Row]:
    invented = silent = 0
    for before, after in mutated(FILES):
        was, now = items(before), items(after)
        invented += bool(now - was)
        silent += bool(was - now) and not after.damage and not after.restarts
    return [
        Row(
            "mutated files of which a number, picture, text or snapshot is read that was never written", FILES, invented
        ),
        Row("mutated files that lack something and do not say so: cut between two records", FILES, silent),
    ]


def mutated(files: int, seed: int = 0) -> Iterator[tuple[LoggedRun, LoggedRun]]:
    """What was written, and what is read of it after an accident."""
    chance = random.Random(seed)
    with TemporaryDirectory() as name:
        folder = a_log(Path(name) / "run")
        (path,) = folder.iterdir()
        whole, before = path.read_bytes(), events.read(folder)
        for _ in range(files):
            content = whole
            for _ in range(chance.choice((1, 1, 1, 2, 5))):
                content = chance.choice(ACCIDENTS)(content, chance)
            path.write_bytes(content)
            yield before, events.read(folder)


def a_log(folder: Path) -> Path:
    with Board(folder) as board:
        for step in range(STEPS):
            numbers = {f"2_grad_norm_log10/{layer:02d}_fc{layer}": -layer - step / 7 for layer in range(6)}
            board.log(step, {"1_overview/loss": 2.3 / (step + 1), **numbers})
            if step % 10 == 0:
                board.log(
                    step,
                    pictures={"4_pictures/p": torch.full((3, 8, 8), step / STEPS)},
                    texts={f"note_{step}": f"{step}"},
                )
                board.log(step, blobs={"neurons": [b"{}", bytes([step] * 50)]})
    return folder


def items(run: LoggedRun) -> set[Item]:
    """Everything in a run, each with its place."""
    series = {"scalars": run.scalars, "pictures": run.pictures, "neurons": run.neurons}
    found: set[Item] = {("texts", tag, None, words) for tag, words in run.texts.items()}
    for kind, tags in series.items():
        found |= {(kind, tag, step, repr(content)) for tag, points in tags.items() for step, content in points}  # type: ignore[attr-defined]
    return found


def flipped(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def overwritten(content: bytes, chance: random.Random) -> bytes:
    begin, end = part_of(content, chance)
    return content[:begin] + chance.randbytes(end - begin) + content[end:]


def cut_out(content: bytes, chance: random.Random) -> bytes:
    begin, end = part_of(content, chance)
    return content[:begin] + content[end:]


def put_in(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + chance.randbytes(chance.randint(1, 64)) + content[place:]


def cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def zeroed(content: bytes, chance: random.Random) -> bytes:
    begin, end = part_of(content, chance)
    return content[:begin] + bytes(end - begin) + content[end:]


def repeated(content: bytes, chance: random.Random) -> bytes:
    begin, end = part_of(content, chance)
    return content[:end] + content[begin:end] + content[end:]


def swapped(content: bytes, chance: random.Random) -> bytes:
    begin, end = part_of(content, chance)
    middle = chance.randint(begin, end)
    return content[:begin] + content[middle:end] + content[begin:middle] + content[end:]


def part_of(content: bytes, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(content))
    return begin, min(len(content), begin + chance.choice((1, 4, 16, 100, 2000)))


ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flipped, overwritten, cut_out, put_in, cut_off, zeroed, repeated, swapped,
)  # fmt: skip
