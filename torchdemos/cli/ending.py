"""How a command ends early: with one sentence, quietly when nobody reads its output, and with its logs closed."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from torchdemos.log.shown import shown

BAD_INPUT = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM)
BROKEN_PIPE = 141  # what a shell reports for a process that SIGPIPE ended


def fail(sentence: str, program: str = "torchdemos") -> NoReturn:
    """Say what is wrong with the input, and exit with 2."""
    print(f"{program}: {shown(sentence)}", file=sys.stderr)  # it may quote anything
    sys.exit(BAD_INPUT)


@contextmanager
def quiet_when_unread() -> Iterator[None]:
    """Neither a closed stdout nor a reader who has left, as in `torchdemos --help | head -1`, causes a message."""
    if sys.stdout is None:  # the process was started with a closed stdout
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        exit_unread()


def exit_unread() -> NoReturn:
    """Exit with 141. Stdout leads nowhere from here on, because Python flushes it at exit and would complain aloud."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(BROKEN_PIPE)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C, so that logs are closed and a run says where they lie. Later signals are ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        for asked in SIGNALS:
            signal.signal(asked, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    with _handled(stop):
        yield


@contextmanager
def ends_when_asked() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM has come: for work that ends itself between two steps. A second one interrupts it."""
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt(number)
        asked.set()

    with _handled(note):
        yield asked.is_set


@contextmanager
def _handled(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Leave both signals to what handled them before, whatever happens."""
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
