"""Running demos: the question, the reader's guesses, the work, the answer, and how to look at the log."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from types import ModuleType

import torch

from torchdemos.board import Board
from torchdemos.cli import document, guessing, process, summary, terminal
from torchdemos.cli.parsing import COMMANDS
from torchdemos.lab import data
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import answer, readme
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.common_flags import Config
from torchdemos.lab.demos.configs import All
from torchdemos.lab.demos.guess import Verdict, judge
from torchdemos.log import answers, cards, run_folder

NAMES: dict[type[Config], str] = {  # of the demos' modules and log folders
    kind: command.replace("-", "_") for command, kind in COMMANDS.items() if issubclass(kind, Config)
}


def run(config: Config) -> bool:
    """Run one demo, or all five for `All`, and return whether every claim held.

    Raises `ValueError` for settings that no run can have, and `OSError` for missing data or a log folder that cannot
    be made.
    """
    demos = config.each() if isinstance(config, All) else [config]
    for demo in demos:
        demo.validate()
    terminal.console.stderr = config.json
    asked = {answers.asked(demo.question): _module(demo).questions(demo) for demo in demos}
    guesses = guessing.guesses(config.predict, asked)
    process.use_one_thread()
    terminal.tell(answers.asked(config.question), style="bold")
    digits = _load(config)
    folder = config.log_dir or run_folder.make_fresh(NAMES[type(config)])
    terminal.say(f"\nData: {digits.source}\nLog:  {folder}{_duration(demos)}\n", wrap=False)
    look = f"Look at it:  {process.command()} open {shlex.quote(str(folder))}"
    track = terminal.Tracker()
    try:
        with track:
            results = (
                _run_all(config, folder, digits, track)
                if isinstance(config, All)
                else _run_one(config, folder, digits, track)
            )
    except KeyboardInterrupt:
        terminal.say(f"\nThe log is complete up to here ({track.position}).\n{look}", wrap=False)
        raise
    verdicts = {
        name: judge(questions, guesses, results[name].outcomes)
        for name, questions in zip(results, asked.values(), strict=True)
    }
    summary.show(config, results, verdicts, process.command(), look)
    if config.json:
        folders = [folder / name if isinstance(config, All) else folder for name in results]
        print(_document(demos, folders, digits.source, results, verdicts))
    return all(claim.holds for result in results.values() for claim in result.claims)


def _document(
    demos: Sequence[Config],
    folders: Sequence[Path],
    source: str,
    results: Mapping[str, Answer],
    verdicts: Mapping[str, Sequence[Verdict]],
) -> str:
    """The run as JSON."""
    described = []
    for demo, folder, (name, result) in zip(demos, folders, results.items(), strict=True):
        notes = {"log": folder, "data": source, "config": asdict(demo)}
        described.append(document.demo(name, demo.question, result, verdicts[name], notes))
    return document.text(described)


def pick_device(name: str) -> str:
    """The device to compute on; "auto" takes a GPU if there is one. Raises `ValueError` for a missing device."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, is_there in available.items() if is_there)
    if not available[name]:
        raise ValueError(f"--device {name} is not available here: use --device auto or cpu")
    return name


def _run_one(config: Config, folder: Path, digits: Digits, track: terminal.Tracker) -> dict[str, Answer]:
    module, name = _module(config), NAMES[type(config)]
    shown = module.exhibit(config)
    with Board(folder) as board:
        run_folder.describe(folder, name, asdict(config), shown.pins)
        result: Answer = module.run(config, board, digits, track)
        readme.write_result(board, {name: result})
        answer.show(board, config.question, result)
    run_folder.conclude(folder, name, asdict(config), digits.source, result.verdict, result.rows)
    return {name: result}


def _run_all(config: All, folder: Path, digits: Digits, track: terminal.Tracker) -> dict[str, Answer]:
    demos, results = config.each(), dict[str, Answer]()
    with Board(folder) as board:
        contents = {NAMES[type(demo)]: (demo.question, _module(demo).exhibit(demo).pins) for demo in demos}
        readme.write_contents(board, contents)
        for demo in track(demos, "demos", len(demos)):
            name = NAMES[type(demo)]
            results |= _run_one(demo, folder / name, digits, track)
            track.remove_finished()
            summary.answer(demo.question, results[name])
        readme.write_result(board, results)
    # Written last: `torchdemos open` follows the newest note in a folder.
    run_folder.describe(folder, "all", asdict(config), [_first_picture(demo) for demo in demos])
    return results


def _first_picture(config: Config) -> cards.Pin:
    """The picture that answers a demo's question, with its run named from the folder above."""
    pins: Sequence[cards.Pin] = _module(config).exhibit(config).pins
    plugin, tag, run = next(pin for pin in pins if pin[2] is not None)
    name = NAMES[type(config)]
    return plugin, tag, name if run == "." else f"{name}/{run}"


def _module(config: Config) -> ModuleType:
    return import_module(f"torchdemos.lab.demos.{NAMES[type(config)]}")


def _load(config: Config) -> Digits:
    device = pick_device(config.device)
    digits = data.load(config.data_dir, config.download, device)
    if config.full and len(digits.train_labels) < data.MNIST_TRAIN_DIGITS:
        raise FileNotFoundError(
            "--full needs the full MNIST: name the folder that holds MNIST/raw with --data-dir, or pass --download"
        )
    return digits


def _duration(demos: Sequence[Config]) -> str:
    """A line about how long the published experiments take; empty without them."""
    minutes = math.ceil(sum(float(_module(demo).FULL_MINUTES) for demo in demos if demo.full))
    unit = "minute" if minutes == 1 else "minutes"
    return f"\nTime: about {minutes} {unit} on an idle core; interrupt it whenever you like" if minutes else ""
