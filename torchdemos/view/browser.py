"""The reader's browser."""

import os
import sys
import threading
import webbrowser

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")  # without any of them, Python starts a browser inside the terminal


def open_for_reader(address: str) -> None:
    """Open the address in the reader's browser, if there is one.

    Nothing is opened where stdout is no terminal, because nobody sits there, or where the machine has no screen, as
    over ssh. The variable BROWSER names a browser for both Python and this function.
    """
    has_screen = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in SCREENS)
    if sys.stdout.isatty() and has_screen:
        # A browser that BROWSER names is waited for until it is closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
