"""`torchdemos live` as its command starts it, with a note of each step: when it began, its learning rate, its loss."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TextIO

from torchdemos.lab.playground.training import Training

PATIENCE = 60.0  # seconds


class Step(NamedTuple):
    """A step that was taken; `began` is in seconds since 1970."""

    began: float
    number: int
    rate: float
    loss: float


class Live:
    """A training in a process of its own; `steps` are those that it has taken so far."""

    def __init__(self, address: str, notes: TextIO) -> None:
        self.address, self._notes = address, notes
        self.steps: list[Step] = []
        self._rest = ""

    def first_with(self, rate: float, since: float) -> Step:
        """The first step with this learning rate since that moment; waits for it."""
        place, end = 0, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read()
            for step in self.steps[place:]:
                if step.rate == rate and step.began >= since:
                    return step
            place = len(self.steps)
            time.sleep(0.005)
        raise TimeoutError(f"no step was taken with the learning rate {rate}")

    def losses(self, first: int, count: int) -> list[float]:
        """Those of so many steps from this one on; waits for them. Of several trainings, those of the latest."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read()
            if self.steps and self.steps[-1].number >= first + count - 1:
                return [step.loss for step in self.steps if first <= step.number < first + count][-count:]
            time.sleep(0.005)
        raise TimeoutError(f"step {first + count - 1} was not taken")

    def steps_per_second(self, seconds: float) -> float:
        """Over the latest seconds."""
        self.read()
        end = self.steps[-1].began
        return sum(step.began > end - seconds for step in self.steps) / seconds

    def read(self) -> None:
        """Take note of the steps since the last call."""
        *lines, self._rest = (self._rest + self._notes.read()).split("\n")
        for line in lines:
            began, number, rate, loss = line.split()
            self.steps.append(Step(float(began), int(number), float(rate), float(loss)))


@contextmanager
def started(*options: str) -> Iterator[Live]:
    """The command with these options, once it has printed its address."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        notes = Path(folder) / "notes"
        notes.touch()
        command = [sys.executable, __file__, str(notes), "live", "--no-browser", "--port", "0"]
        command += ["--log-dir", f"{folder}/log", *options]
        with (
            notes.open(encoding="utf-8") as file,
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as program,
        ):
            try:
                assert program.stdout is not None
                yield Live(next(line.strip() for line in program.stdout if "http://" in line), file)
            finally:
                program.terminate()


def main() -> None:
    """Run the command that is given, from the second argument on, with notes in the file that is the first."""
    with open(sys.argv.pop(1), "w", buffering=1, encoding="utf-8") as notes:
        advance = Training.advance

        def noted(training: Training, *given: Any) -> float:
            began, number, rate = time.time(), training.step, training.settings.learning_rate
            loss = advance(training, *given)
            notes.write(f"{began!r} {number} {rate!r} {loss!r}\n")
            return loss

        Training.advance = noted  # type: ignore[method-assign]
        from torchdemos.cli import main as command

        command()


if __name__ == "__main__":
    main()
