"""`torchdemos replay`: does what a log tells of end in the same bits again?"""

from torchdemos.cli import process, terminal
from torchdemos.cli.parsing import Replay
from torchdemos.lab import data
from torchdemos.lab.playground import replay as replays
from torchdemos.lab.playground.replay import Ended
from torchdemos.log import run_folder


def replay(command: Replay) -> bool:
    """Repeat every training of a log, say how each ended, and return whether none ended otherwise."""
    notes = replays.notes(run_folder.find(command.logdir))
    process.use_one_thread()
    digits = data.load(command.data_dir)
    with terminal.Tracker() as track:
        ended = [replays.again(note, digits) for note in track(notes, "training again", len(notes))]
    for own in ended:
        terminal.tell(_line(own))
    return all(own.is_same is not False for own in ended)


def _line(own: Ended) -> str:
    remark = f" ({own.remark})" if own.remark else ""
    if own.is_same is None:
        return f"{own.name}: cannot be compared{remark}"
    counted = (own.steps, "step"), (own.changes, "change")
    steps, changes = (f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in counted)
    bits = "all weights are the same, bit by bit" if own.is_same else "the weights are NOT the same"
    return f"{own.name}: {steps}, {changes}: {bits}{remark}"
