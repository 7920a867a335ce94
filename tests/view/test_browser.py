"""The reader's browser is opened only where there is a reader."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

OPEN = """
import threading
from torchdemos.view.browser import open_for_reader
open_for_reader("http://a/#b")
for thread in {*threading.enumerate()} - {threading.main_thread()}:
    thread.join()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("has_terminal", "has_screen", "opened"), [(True, True, "http://a/#b\n"), (False, True, ""), (True, False, "")]
)
def test_it_is_opened_for_a_terminal_with_a_screen(
    tmp_path: Path, has_terminal: bool, has_screen: bool, opened: str
) -> None:
    """A browser that is found by its name, www-browser, is one that fills the terminal."""
    note = tmp_path / "opened"
    note.touch()
    browser = tmp_path / "www-browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {note}\n')
    browser.chmod(0o755)
    own = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")}
    own |= {"PATH": str(tmp_path), "TERM": "xterm"} | ({"BROWSER": str(browser)} if has_screen else {})
    reader, terminal = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", OPEN], stdout=terminal if has_terminal else subprocess.DEVNULL, env=own, check=True
    )
    os.close(terminal)
    os.close(reader)
    assert note.read_text() == opened
