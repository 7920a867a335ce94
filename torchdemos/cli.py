"""The command line: `torchdemos neurons`, `torchdemos gradient-flow`, `torchdemos open`."""

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import tyro

from torchdemos.demos.configs import Config, GradientFlow, Neurons

MODULES: dict[type[Config], str] = {Neurons: "neurons", GradientFlow: "gradient_flow"}
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


Command = (
    Annotated[Neurons, tyro.conf.subcommand("neurons")]
    | Annotated[GradientFlow, tyro.conf.subcommand("gradient-flow")]
    | Annotated[Open, tyro.conf.subcommand("open")]
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. Bad input ends in one sentence and exit code 2, an interruption in 130 or 143."""
    command: Any = tyro.cli(
        Command, args=arguments, prog="torchdemos", description="See the inside of a neural network while it trains."
    )
    try:
        with _interruptible():
            serve(command) if isinstance(command, Open) else run(command)
    except (OSError, ValueError, LookupError) as error:
        print(f"torchdemos: {_sentence(error)}", file=sys.stderr)
        sys.exit(2)
    except (MemoryError, RuntimeError) as error:
        if "allocate" not in str(error) and not isinstance(error, MemoryError):
            raise
        print("torchdemos: not enough memory for this: make the network or the batch smaller", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt as interruption:
        sys.exit(128 + (interruption.args or (signal.SIGINT,))[0])


def serve(command: Open) -> None:
    from torchdemos import server

    server.serve(command.logdir, command.host, command.port)


def run(config: Config) -> None:
    """Run one demo: the question, the work, measured against predicted, the verdict, how to look."""
    from torchdemos import terminal

    config.validate()
    terminal.say((config.__doc__ or "").splitlines()[0] + "\n", style="bold")
    try:
        _run(config)
    except KeyboardInterrupt:
        terminal.say("\nInterrupted.")
        raise


def _run(config: Config) -> None:
    from torchdemos import data, run_folder, terminal
    from torchdemos.board import Board
    from torchdemos.demos import readme

    _use_one_thread()
    name = MODULES[type(config)]
    demo = import_module(f"torchdemos.demos.{name}")
    digits = data.load(config.data_dir, config.download, pick_device(config.device))
    folder = config.log_dir or run_folder.name_fresh(name)
    look = f"Look at it:  {_command()} open {shlex.quote(str(folder))}"
    track = terminal.Tracker()
    try:
        with Board(folder) as board:
            run_folder.describe(folder, name, asdict(config), demo.pins(config), demo.TAB)
            terminal.say(f"Data: {digits.source}\nLog:  {folder}\n", wrap=False)
            with track:
                result = demo.run(config, board, digits, track)
            readme.write_result(board, result)
    except KeyboardInterrupt:
        terminal.say(f"\nThe log is complete up to here ({track.position}).\n{look}", wrap=False)
        raise
    terminal.close(result, look)


def pick_device(name: str) -> str:
    """The device to compute on; "auto" takes a GPU if there is one. Raises `ValueError` for one that is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if not there[name]:
        raise ValueError(f"--device {name} is not available here: use --device auto or cpu")
    return name


def _command() -> str:
    """What to type to run torchdemos: its path if the virtual environment is not activated."""
    if shutil.which("torchdemos"):
        return "torchdemos"
    beside, here = Path(sys.executable).with_name("torchdemos"), Path.cwd()
    return str(beside.relative_to(here) if here in beside.parents else beside)


def _use_one_thread() -> None:
    """These networks are too small to gain from more, and beside a busy process two threads can be 10 times slower."""
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)


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
