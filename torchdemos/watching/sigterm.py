"""Something to do when SIGTERM comes, before what would have been done anyway: schedulers send it before they kill."""

import os
import signal
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from types import FrameType

PATIENCE = 10  # seconds: the interrupted code may hold a lock that `act` waits for


class OnSigterm:
    """A handler of SIGTERM that calls `act`, a method, and then whatever handled the signal before.

    It is there until `restore` is called. A handler that somebody sets later replaces it, or calls it. It leaves alone
    a process that ignores SIGTERM, and does nothing if it is made outside the main thread, where Python takes no
    handler, or in a process that was forked later.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = weakref.WeakMethod(act)
        self._process = os.getpid()
        self._held = self._waiting = False
        self._before = signal.getsignal(signal.SIGTERM)
        if self._before not in (None, signal.SIG_IGN):  # None: it was set outside Python, and cannot be called
            with suppress(ValueError):
                signal.signal(signal.SIGTERM, self)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._waiting = True
            return
        self._do()
        if callable(self._before):
            self._before(number, frame)
        elif isinstance(signal.getsignal(number), OnSigterm):  # nobody else answers it: the process ends by it
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A signal that comes inside the `with` block is handled at its end."""
        if current_thread() is not main_thread():
            yield
            return
        held = self._held
        try:
            self._held = True
            yield
        finally:
            self._held = held
            if self._waiting and not held:
                self._waiting = False
                self(signal.SIGTERM, None)

    def restore(self) -> None:
        """Leave the signal to what handled it before, unless somebody else has it by now."""
        now: object = signal.getsignal(signal.SIGTERM)
        if now is self:
            with suppress(ValueError):
                signal.signal(signal.SIGTERM, self._before)

    def _do(self) -> None:
        act = self._act()
        if act and os.getpid() == self._process:
            acting = Thread(target=act, daemon=True)
            acting.start()
            acting.join(PATIENCE)
