"""From what was typed to a command. A mistyped command or flag is answered with the closest one that exists."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_type_hints

import tyro

from torchdemos import __version__
from torchdemos.cli import helping
from torchdemos.cli.ending import fail
from torchdemos.lab.demos.configs import All, GradientFlow, Initialization, LearningRate, Loss, Neurons

DESCRIPTION = "See the inside of a neural network while it trains. The flag --version prints the version."
BESIDE_LOG = "(default: report.html in the log folder)"
MUTED = tyro.conf.arg(metavar="KIND [KIND ...]", help_behavior_hint="(default: none)")
FRESH = tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: logs/live/DATE-TIME)")
BUILT_IN = tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: five of our own)")
DIGITS = tyro.conf.arg(
    metavar="DIR", help_behavior_hint="(default: $TORCHDEMOS_DATA, ./data, or else 5,000 embedded digits)"
)
NEWEST = tyro.conf.arg(metavar="[LOGDIR]", help_behavior_hint="(default: the newest run)")


@dataclass(frozen=True)
class Open:
    """Open TensorBoard on a log folder, on the tab that answers."""

    logdir: Annotated[Path | None, tyro.conf.Positional, NEWEST] = None
    """Folder of one run, of one demo, or of all."""
    port: int = 6006
    """Port to serve on; 0 takes any free one."""
    host: str = "localhost"
    """Address to serve on."""
    no_browser: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print the address only. No browser is opened either where stdout is no terminal or there is no screen."""


@dataclass(frozen=True)
class Report:
    """Write a log folder as one HTML file, to be opened from disk or sent: no TensorBoard, no network."""

    logdir: Annotated[Path | None, tyro.conf.Positional, NEWEST] = None
    """Folder of one run, or of several."""
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE", help_behavior_hint=BESIDE_LOG)] = None
    """The file to write."""
    newest: tyro.conf.FlagCreatePairsOff[bool] = False
    """Take the newest runs of a wide folder, such as /tmp, without asking for a narrower one."""


@dataclass(frozen=True)
class Diagnose:
    """Say what is wrong with the watched models in a log folder, and exit with 1 if something is an error."""

    logdir: Annotated[Path | None, tyro.conf.Positional, NEWEST] = None
    """Folder of one run, or of several."""
    json: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print one JSON document: a list of models with their findings."""
    mute: Annotated[tuple[str, ...], MUTED] = ()
    """Findings to leave out, each by kind or by kind and layer: "dead units" or "dead units: fc1"."""


@dataclass(frozen=True)
class Live:
    """Train a small network while you turn its knobs, and see every neuron alive on a page in the browser."""

    seed: int = 0
    """Seed of the weights and of the order of the digits."""
    speed: Literal["slow", "normal", "fast"] = "normal"
    """Steps a second to begin with: about 4, about 60, or as many as there can be."""
    missions: Annotated[Path | None, BUILT_IN] = None
    """A JSON file with missions of your own; docs/live.md says how it is written."""
    port: int = 6007
    """Port to serve on; 0 takes any free one."""
    host: str = "127.0.0.1"
    """Address to serve on. Whoever reaches another one, and knows the page's address, can turn the knobs."""
    no_browser: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print the address only. No browser is opened either where stdout is no terminal or there is no screen."""
    log_dir: Annotated[Path | None, FRESH] = None
    """Folder for the log of this session, made fresh."""
    data_dir: Annotated[Path | None, DIGITS] = None
    """Folder that holds the full MNIST, in MNIST/raw; its first thousand digits are learned."""
    json: tyro.conf.FlagCreatePairsOff[bool] = False
    """At the end print one JSON document: which missions were solved, in how many steps; all else goes to stderr."""


@dataclass(frozen=True)
class Replay:
    """Train again what a `live` log holds, with every change at its step, and exit with 1 if it ends in other bits."""

    logdir: Annotated[Path | None, tyro.conf.Positional, NEWEST] = None
    """Folder of one session, or of one training in it."""
    data_dir: Annotated[Path | None, DIGITS] = None
    """Folder that holds the full MNIST, in MNIST/raw, if the session learned its digits."""


COMMANDS: dict[str, type] = {
    "neurons": Neurons,
    "learning-rate": LearningRate,
    "initialization": Initialization,
    "loss": Loss,
    "gradient-flow": GradientFlow,
    "all": All,
    "live": Live,
    "replay": Replay,
    "open": Open,
    "report": Report,
    "diagnose": Diagnose,
}
LISTED = ", ".join(COMMANDS)
OTHER_NAMES = {"lr": "learning-rate", "init": "initialization", "chain-rule": "gradient-flow"}


def parse(arguments: Sequence[str]) -> Any:
    """The command that was typed. Exits with 0 after help or version, with 2 and a sentence for bad input."""
    if arguments[:1] == ["--version"]:
        print(f"torchdemos {__version__}")
        sys.exit()
    if arguments:
        _check_command(arguments[0], arguments[1:])
    kinds = (Annotated[kind, tyro.conf.subcommand(name)] for name, kind in COMMANDS.items())
    any_command: Any = Union[tuple(kinds)]  # noqa: UP007
    with helping.fitting():
        return tyro.cli(any_command, prog="torchdemos", description=DESCRIPTION, args=arguments)


def _check_command(first: str, words: Sequence[str]) -> None:
    """Refuse what tyro would answer with the flags of all commands."""
    if (command := first.replace("_", "-")) in COMMANDS:
        _check_flags(command, words)
    elif not first.startswith("-"):
        closest = get_close_matches(command, [*COMMANDS, *OTHER_NAMES], n=1)
        hint = f"did you mean {OTHER_NAMES.get(closest[0], closest[0])}?" if closest else f"choose from {LISTED}"
        fail(f"there is no command {first}; {hint} (torchdemos --help explains all)")
    elif not _is_tyros(first):
        fail(f"write the command before {first} (torchdemos --help explains all)")


def _check_flags(command: str, words: Iterable[str]) -> None:
    names = flag_names(COMMANDS[command])
    for word in takewhile(lambda word: word != "--", words):
        flag = word.partition("=")[0]
        name = flag.lstrip("-").replace("_", "-")
        if flag.startswith("-") and name not in names and not _is_tyros(flag) and not _is_number(word):
            closest = get_close_matches(name, names, n=1)
            hint = f"; did you mean --{closest[0]}?" if closest else ""
            fail(f"there is no flag {flag}{hint} (torchdemos {command} --help lists all)", f"torchdemos {command}")


def flag_names(kind: type) -> list[str]:
    """`log-dir` for the field `log_dir`, and all aliases; a positional argument has no flag."""
    hints = {
        name: getattr(hint, "__metadata__", ()) for name, hint in get_type_hints(kind, include_extras=True).items()
    }
    aliases = (alias for notes in hints.values() for note in notes for alias in getattr(note, "aliases", None) or ())
    names = [name.replace("_", "-") for name, notes in hints.items() if tyro.conf.Positional not in notes]
    return names + [alias.lstrip("-") for alias in aliases]


def _is_tyros(flag: str) -> bool:
    return flag in ("-h", "--help") or flag.startswith("--tyro-")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
