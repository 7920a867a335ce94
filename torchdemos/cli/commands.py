"""The commands: `torchdemos neurons`, `torchdemos all`, `torchdemos open` and so on."""

import signal
import sys
from collections.abc import Sequence
from typing import Any

from torchdemos.cli import ending
from torchdemos.cli.parsing import Diagnose, Live, Open, Replay, Report, parse
from torchdemos.lab.demos.common_flags import Config

EXTRAS = {"scipy": "demos", "torchvision": "demos"}  # package -> the extra of ours that brings it


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. Bad input ends in one sentence and exit code 2, an interruption in 130 or 143."""
    with ending.quiet_when_unread():
        command = parse(sys.argv[1:] if arguments is None else arguments)
        try:
            with ending.interruptible():
                _obey(command)
        except BrokenPipeError:
            raise
        except (OSError, ValueError, LookupError) as error:
            ending.fail(_sentence(error))
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in EXTRAS:
                raise
            ending.fail(f"this needs {package}: run pip install 'torchdemos[{EXTRAS[package]}]'")
        except (MemoryError, RuntimeError) as error:
            if "allocate" not in str(error) and not isinstance(error, MemoryError):
                raise
            ending.fail(f"not enough memory for this: {_less(command)}")
        except KeyboardInterrupt as interruption:
            print("torchdemos: interrupted", file=sys.stderr)
            sys.exit(128 + (interruption.args or (signal.SIGINT,))[0])


def _obey(command: Any) -> None:
    if isinstance(command, Open):
        serve(command)
    elif isinstance(command, Report):
        write_report(command)
    elif isinstance(command, Diagnose):
        say_what_is_wrong(command)
    elif isinstance(command, Live):
        train_live(command)
    elif isinstance(command, Replay):
        train_again(command)
    else:
        run(command)


def run(config: Config) -> None:
    """Run one demo or all of them; with `--check` exit with 1 if a claim does not hold."""
    from torchdemos.cli import running

    if not running.run(config) and config.check:
        sys.exit(1)


def serve(command: Open) -> None:
    """Serve TensorBoard until interrupted."""
    from torchdemos.view import server

    server.serve(command.logdir, command.host, command.port, not command.no_browser)


def write_report(command: Report) -> None:
    """Write the report, by default into the log folder."""
    from torchdemos.log import run_folder
    from torchdemos.view.reporting import report

    folder = run_folder.find(command.logdir)
    path = report.report(folder, command.newest).save(command.out or folder / "report.html")
    print(f"The report is in {path} ({path.stat().st_size / 1e6:.1f} MB): open it in any browser.")


def say_what_is_wrong(command: Diagnose) -> None:
    """Print what is wrong with each watched model; exit with 1 if one has an error."""
    from torchdemos.cli import diagnosing
    from torchdemos.log import run_folder

    folder = run_folder.find(command.logdir)
    found = diagnosing.diagnose(folder, command.mute)
    print(diagnosing.as_json(found) if command.json else diagnosing.text(folder, found))
    if any(own.has_error for own in found):
        sys.exit(1)


def train_live(command: Live) -> None:
    """Train and serve the page until interrupted."""
    from torchdemos.cli import living

    living.live(command)


def train_again(command: Replay) -> None:
    """Repeat what a log holds; exit with 1 if it ends otherwise."""
    from torchdemos.cli import replaying

    if not replaying.replay(command):
        sys.exit(1)


def _less(command: Any) -> str:
    """What takes less memory."""
    if isinstance(command, Config):
        return "make the network or the batch smaller"
    return "name the folder of a single run"


def _sentence(error: Exception) -> str:
    """The message alone, because the text of an `OSError` begins with its number."""
    return str(getattr(error, "strerror", None) or (error.args[0] if error.args else error))
