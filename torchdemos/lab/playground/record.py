"""The log of a session: a folder with a run for each training, and what `replay` needs to repeat it."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch

from torchdemos.board import Board
from torchdemos.lab.playground import answer
from torchdemos.lab.playground.course import Course
from torchdemos.lab.playground.settings import CONTROLS, Settings
from torchdemos.lab.playground.training import Training, digest
from torchdemos.log import answers, run_folder, tags
from torchdemos.log.whole_file import write_whole

NAME = "live"
NOTE = "training.json"
FIRST_ANSWER = 100  # steps
SO_FAR = "So it was after {steps:,} steps: the session goes on, or was killed without an end."
PINS = [
    ("scalars", tags.LOSS, None),
    ("scalars", tags.ACCURACY, None),
    ("scalars", f"{tags.OPTIMIZER}/learning_rate", None),
]


class Note(NamedTuple):
    """What is written of a training beside its event file. `steps` and `weights` are None until it has ended."""

    settings: Settings
    seed: int
    data: str
    digits: str
    torch: str
    threads: int
    steps: int | None
    weights: str | None


class Record:
    """The log of a session, in a fresh folder; the board of each training is made when it takes its first step."""

    def __init__(self, folder: Path, data: str, config: Mapping[str, Any]) -> None:
        self.folder = folder
        self._data, self._config = data, dict(config)
        self._board = Board(folder)
        self._trainings: list[tuple[str, str]] = []
        self._next_answer = FIRST_ANSWER
        run_folder.describe(folder, NAME, self._config, PINS)

    def begin(self, training: Training, words: str) -> Board:
        """The board of a training that is about to take its first step."""
        name = f"{len(self._trainings) + 1:02d}_{_plain(words)}"
        board = self._board.variant(name)
        self._trainings.append((name, words))
        self.note(board, training, ended=False)
        self._board.log(len(self._trainings), texts={"README": self._readme()})
        return board

    def note(self, board: Board, training: Training, ended: bool) -> None:
        """Write down how a training began, and how it ended."""
        end = {"steps": training.step, "weights": training.fingerprint()} if ended else {"steps": None, "weights": None}
        digits = digest([training.images, training.labels])
        about = {"data": self._data, "digits": digits, "torch": torch.__version__, "threads": torch.get_num_threads()}
        content = {"settings": asdict(training.begun_with), "seed": training.seed, **about, **end}
        write_whole(board.folder / NOTE, json.dumps(content, indent=1) + "\n")

    def went_on(self, courses: Sequence[Course], steps: int) -> None:
        """Log the answer so far, after 100, 200, 400, ... steps, because a session that is killed says nothing more."""
        if steps < self._next_answer:
            return
        self._next_answer *= 2
        page = answer.page(courses, SO_FAR.format(steps=steps))
        del page["now_try"]  # what has no end cannot be repeated
        with suppress(OSError):  # a full disk ends no training
            self._board.log(len(self._trainings), blobs={answers.TAG: [answers.pack(page)]})

    def close(self, courses: Sequence[Course], verdict: str) -> str:
        """End the log with its answer, and return it: what the loss did, and the verdict, a sentence on the session."""
        if courses:
            page = answer.page(courses, verdict)
            self._board.log(len(self._trainings), blobs={answers.TAG: [answers.pack(page)]})
            verdict = answers.unmarked(page["answer"])
        self._board.close()
        run_folder.conclude(self.folder, NAME, self._config, self._data, verdict, [])
        return verdict

    def _readme(self) -> str:
        runs = "\n".join(f"|{name}|{words}|" for name, words in self._trainings)
        return (
            f"# {answer.QUESTION}\n\nData: {self._data}.\n\n## The runs\n\n|run|how it began|\n|---|---|\n{runs}\n\n"
            "Each change is in the run's text `changes`, at the step before which it acted. "
            "`torchdemos replay` trains all of it again, and says whether it ends in the same bits."
        )


def read(path: Path) -> Note:
    """A note that `Record` wrote. Raises `ValueError` in a sentence for anything else."""
    found = run_folder.read(path)
    try:
        settings = Settings(**{name: found["settings"][name] for name in CONTROLS})
        own = {name: found[name] for name in Note._fields if name != "settings"}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} tells of no training that can be repeated") from error
    return Note(settings, **own)


def _plain(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40]
