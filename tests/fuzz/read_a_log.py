"""A target for atheris: no bytes in a log folder keep its report, its pages or its diagnosis from being made."""

import contextlib
import sys
import warnings
from pathlib import Path
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["torchdemos"]):
    from torchdemos.cli import diagnosing
    from torchdemos.log import plain, run_folder
    from torchdemos.view import events
    from torchdemos.view.answers import pages
    from torchdemos.view.records import Records
    from torchdemos.view.reporting import bundle, report

from torchdemos.board import wire

FOLDER = Path(mkdtemp(prefix="fuzz-"))


def one_input(content: bytes) -> None:
    """The first byte chooses: a file as it is, an event in a sound record, or a note beside a sound log."""
    kind, rest = (content[0] % 4, content[1:]) if content else (0, b"")
    files = {
        "tfevents": wire.record(rest) if kind == 1 else SOUND if kind > 1 else rest,
        run_folder.NOTE: rest if kind == 2 else b"{}",
        run_folder.RESULT: rest if kind == 3 else b"{}",
    }
    for name, written in files.items():
        (FOLDER / name).write_bytes(written)
    found = events.runs(FOLDER)
    log = pages.Log("fuzz", found, found.__getitem__)
    for entry in pages.entries(log):
        plain.packed(pages.page(log, entry["run"], entry["prefix"]))
    with contextlib.suppress(FileNotFoundError):  # there is nothing in this log, or no model
        assert " cannot be drawn: " not in report.report(FOLDER).html
    with contextlib.suppress(FileNotFoundError):
        diagnosing.text(FOLDER, diagnosing.diagnose(FOLDER))


def a_sound_log() -> bytes:
    from torchdemos.board import Board
    from torchdemos.log import tags

    with Board(Path(mkdtemp()) / "run") as board:
        for step in range(3):
            board.log(step, {f"{tags.GRADIENT_NORM}/00_fc1": -1.0, tags.LOSS: 1.0}, texts={"README": "# Why?\n\n* so"})
        (path,) = board.folder.iterdir()
    return path.read_bytes()


SOUND = a_sound_log()

if __name__ == "__main__":
    warnings.simplefilter("error")
    bundle.script = bundle.styles = str  # the same for every log
    corpus = Path(mkdtemp(prefix="corpus-"))
    (corpus / "file").write_bytes(b"\0" + SOUND)
    (FOLDER / "tfevents").write_bytes(SOUND)
    for number, record in enumerate(Records(FOLDER / "tfevents")):
        (corpus / f"event{number}").write_bytes(b"\1" + record)
    (corpus / "note").write_bytes(b'\2{"demo": "watch", "pins": [["scalars", "a", null]], "config": {"seed": 0}}')
    (corpus / "result").write_bytes(b'\3{"verdict": "yes", "claims": [{"claim": "a", "agrees": "yes"}]}')
    atheris.Setup([*sys.argv, str(corpus)], one_input)
    atheris.Fuzz()
