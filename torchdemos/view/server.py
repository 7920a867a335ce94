"""A log opened in the reader's browser: by TensorBoard, and as the report where that cannot be imported."""

import contextlib
import time
from pathlib import Path

from torchdemos.log import run_folder
from torchdemos.log.shown import shown
from torchdemos.view import browser
from torchdemos.view.serving import listening


def serve(logdir: Path | None, host: str, port: int, open_browser: bool = True) -> None:
    """Serve until interrupted. Raises `OSError` or `ValueError` in a sentence if the address cannot be served on."""
    listening.check(host, port)
    folder = run_folder.find(logdir)
    try:
        from torchdemos.view import with_tensorboard
    except Exception as error:  # not every way in which that fails is an ImportError
        what, address, key = _instead(error), _report(folder, host, port), " and has this address"
    else:
        what, address, key = f"TensorBoard shows {folder}", with_tensorboard.launch(folder, host, port), ""
    print(f"{what} at\n\n  {address}\n\n{_who_can_read(host, key)}Stop it with Ctrl-C.", flush=True)
    if open_browser:
        browser.open_for_reader(address)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _report(folder: Path, host: str, port: int) -> str:
    """Serve the report from a thread that ends with the program, and give its address."""
    from torchdemos.view.serving.server import Server
    from torchdemos.view.without_tensorboard import ReportDesk

    return Server(ReportDesk(folder), host, port).address


def _instead(error: Exception) -> str:
    """Why there is no TensorBoard, and what there is; the errors of some packages are many lines."""
    why = shown(f"{type(error).__name__}: {error}".splitlines()[0])
    return f"TensorBoard cannot be imported ({why}).\nThe report takes its place, made anew when you reload it,"


def _who_can_read(host: str, key: str) -> str:
    """A warning unless the address is this machine's own; TensorBoard knows no password."""
    return "" if listening.is_own(host) else f"Everybody who reaches this machine as {host}{key} can read the log.\n"
