"""TensorBoard started so that it shows everything that was logged, and opened on the tab that answers."""

import contextlib
import io
import logging
import time
from pathlib import Path
from typing import Any

from torchdemos.log import links, run_folder
from torchdemos.log.plugin import PLUGIN
from torchdemos.view import browser, plugin
from torchdemos.view.serving import listening

# TensorBoard's own limits are 10 pictures and 1,000 points of each chart, chosen at random.
MAX_SAMPLES = f"images=200,scalars=10000,histograms=500,text=100,tensors=1000,{PLUGIN}=1000"
RELOAD_SECONDS = 5


def serve(logdir: Path | None, host: str, port: int, open_browser: bool = True) -> None:
    """Serve until interrupted. Raises `OSError` or `ValueError` in a sentence if the address cannot be served on."""
    listening.check(host, port)
    folder = run_folder.find(logdir)
    address = _launch(folder, host, port) + links.ANSWERS
    print(f"TensorBoard shows {folder} at\n\n  {address}\n\n{_who_can_read(host)}Stop it with Ctrl-C.", flush=True)
    if open_browser:
        browser.open_for_reader(address)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _launch(folder: Path, host: str, port: int) -> str:
    """Start TensorBoard and give its address."""
    from tensorboard import program

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    board = program.TensorBoard(plugins=_plugins())
    board.configure(argv=["tensorboard", "--logdir", str(folder), "--host", host, "--port", str(port),
                          "--samples_per_plugin", MAX_SAMPLES, "--reload_interval", str(RELOAD_SECONDS)])  # fmt: skip
    notes = io.StringIO()  # that its fast loader is experimental, what Werkzeug advises: nothing a reader can use
    try:
        with contextlib.redirect_stderr(notes):
            return str(board.launch())
    except program.TensorBoardPortInUseError as error:
        raise OSError(f"cannot serve on {host}:{port}: {listening.in_use(port)}") from error
    except (program.TensorBoardServerException, OSError) as error:
        raise OSError(f"cannot serve on {host}:{port}: {error}") from error
    except SystemExit as error:  # Werkzeug has written why, below the other notes
        raise OSError(f"cannot serve on {host}:{port}: {notes.getvalue().strip().splitlines()[-1]}") from error


def _who_can_read(host: str) -> str:
    """A warning unless the address is this machine's own; TensorBoard knows no password."""
    return "" if listening.is_own(host) else f"Everybody who reaches this machine as {host} can read the log.\n"


def _plugins() -> list[Any]:
    """Ours comes first: TensorBoard shows tabs in this order, and on a laptop's screen the last are cut off."""
    from tensorboard import default

    return [plugin.Loader, *(other for other in default.get_plugins() if other is not plugin.Loader)]
