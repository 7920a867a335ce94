"""The command line: `torchdemos neurons`, `torchdemos all`, `torchdemos open` and so on."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import tyro

from torchdemos.lab.demos.configs import All, Config, GradientFlow, Initialization, LearningRate, Loss, Neurons

BESIDE = "(default: report.html in the log folder)"
NEWEST = tyro.conf.arg(metavar="[LOGDIR]", help_behavior_hint="(default: the newest run)")


@dataclass(frozen=True)
class Open:
    """Open TensorBoard on a log folder, with the limits and the first view that the demos need."""

    logdir: Annotated[Path | None, tyro.conf.Positional, NEWEST] = None
    """Folder of one run, of one demo, or of all."""
    port: int = 6006
    """Port to serve on; 0 takes any free one."""
    host: str = "localhost"
    """Address to serve on."""


@dataclass(frozen=True)
class Report:
    """Write a log folder as one HTML file, to be opened from disk or sent: no TensorBoard, no network."""

    logdir: Annotated[Path | None, tyro.conf.Positional, NEWEST] = None
    """Folder of one run, or of several."""
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE", help_behavior_hint=BESIDE)] = None
    """The file to write."""


Command = (
    Annotated[Neurons, tyro.conf.subcommand("neurons")]
    | Annotated[LearningRate, tyro.conf.subcommand("learning-rate")]
    | Annotated[Initialization, tyro.conf.subcommand("initialization")]
    | Annotated[Loss, tyro.conf.subcommand("loss")]
    | Annotated[GradientFlow, tyro.conf.subcommand("gradient-flow")]
    | Annotated[All, tyro.conf.subcommand("all")]
    | Annotated[Open, tyro.conf.subcommand("open")]
    | Annotated[Report, tyro.conf.subcommand("report")]
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. Bad input ends in one sentence and exit code 2, an interruption in 130 or 143."""
    command: Any = tyro.cli(
        Command, args=arguments, prog="torchdemos", description="See the inside of a neural network while it trains."
    )
    try:
        with _interruptible():
            _obey(command)
    except (OSError, ValueError, LookupError) as error:
        print(f"torchdemos: {_sentence(error)}", file=sys.stderr)
        sys.exit(2)
    except (MemoryError, RuntimeError) as error:
        if "allocate" not in str(error) and not isinstance(error, MemoryError):
            raise
        print("torchdemos: not enough memory for this: make the network or the batch smaller", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt as interruption:
        print("torchdemos: interrupted", file=sys.stderr)
        sys.exit(128 + (interruption.args or (signal.SIGINT,))[0])


def _obey(command: Any) -> None:
    if isinstance(command, Open):
        serve(command)
    elif isinstance(command, Report):
        write_report(command)
    else:
        run(command)


def run(config: Config) -> None:
    """Run one demo or all of them; with `--check` exit with 1 if a claim does not hold."""
    from torchdemos.cli import running

    if not running.run(config) and config.check:
        sys.exit(1)


def serve(command: Open) -> None:
    from torchdemos.view import server

    server.serve(command.logdir, command.host, command.port)


def write_report(command: Report) -> None:
    from torchdemos.view.reporting import report

    folder = report.find(command.logdir)
    path = report.report(folder).save(command.out or folder / "report.html")
    print(f"The report is in {path} ({path.stat().st_size / 1e6:.1f} MB): open it in any browser.")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Being asked to stop unwinds like Ctrl-C, once, so that logs are closed and the run says where they lie."""

    def stop(number: int, frame: FrameType | None) -> None:
        for asked in before:
            signal.signal(asked, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sentence(error: Exception) -> str:
    """The message alone: an `OSError` with a number would print that first."""
    return str(getattr(error, "strerror", None) or (error.args[0] if error.args else error))


if __name__ == "__main__":
    main()
