"""SIGTERM is told first, and then does what it would have done."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread
from types import FrameType

import pytest

from torchdemos.watching.sigterm import OnSigterm

ALONE = """
import os, signal
from torchdemos.watching.sigterm import OnSigterm

class Someone:
    def act(self):
        print("act", flush=True)

a = Someone()
first = OnSigterm(a.act)
"""


class Notes(list[str]):
    def act(self) -> None:
        self.append("act")

    def handle(self, number: int, frame: FrameType | None) -> None:
        self.append("handle")


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def notes() -> Iterator[Notes]:
    """Someone handles SIGTERM already."""
    found = Notes()
    before = signal.signal(signal.SIGTERM, found.handle)
    yield found
    signal.signal(signal.SIGTERM, before)


def test_the_handler_that_was_there_follows_and_comes_back(notes: Notes) -> None:
    before = signal.getsignal(signal.SIGTERM)
    handler = OnSigterm(notes.act)
    terminate()
    assert notes == ["act", "handle"]
    handler.restore()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_handler_that_came_later_stays(notes: Notes) -> None:
    handler, later = OnSigterm(notes.act), Notes().handle
    signal.signal(signal.SIGTERM, later)
    handler.restore()
    assert signal.getsignal(signal.SIGTERM) == later


def test_two_of_them_act_both(notes: Notes) -> None:
    handlers = OnSigterm(notes.act), OnSigterm(notes.act)
    terminate()
    assert notes == ["act", "act", "handle"]
    handlers[0].restore()  # not the one that would be called
    terminate()
    assert notes[3:] == ["act", "act", "handle"]


def test_a_signal_that_comes_while_it_is_held_waits(notes: Notes) -> None:
    handler = OnSigterm(notes.act)
    with handler.held():
        with handler.held():
            terminate()
        assert notes == []
    assert notes == ["act", "handle"]


def test_nothing_acts_once_its_owner_is_gone(notes: Notes) -> None:
    owner = Notes()
    handler = OnSigterm(owner.act)
    del owner
    gc.collect()
    terminate()
    assert notes == ["handle"] and handler


def test_a_process_that_ignores_it_goes_on_doing_so(notes: Notes) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    OnSigterm(notes.act)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


def test_outside_the_main_thread_nothing_is_installed(notes: Notes) -> None:
    before = signal.getsignal(signal.SIGTERM)
    made: list[OnSigterm] = []
    thread = Thread(target=lambda: made.append(OnSigterm(notes.act)))
    thread.start()
    thread.join()
    assert made and signal.getsignal(signal.SIGTERM) == before


def ended(code: str) -> tuple[int, str, str]:
    """How a process ends in which someone acts on SIGTERM, and what it said."""
    process = subprocess.run([sys.executable, "-c", ALONE + code], capture_output=True, text=True)
    return process.returncode, process.stdout, process.stderr


def test_a_process_that_nobody_else_guards_ends_by_the_signal() -> None:
    code = "second = OnSigterm(a.act)\nos.kill(os.getpid(), signal.SIGTERM)\nprint('on')"
    assert ended(code) == (-signal.SIGTERM, "act\nact\n", "")


def test_a_process_that_was_forked_does_not_act() -> None:
    code = "if os.fork() == 0: os.kill(os.getpid(), signal.SIGTERM)\nprint(os.waitstatus_to_exitcode(os.wait()[1]))"
    assert ended(code) == (0, f"{-signal.SIGTERM}\n", "")
