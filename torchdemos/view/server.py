"""TensorBoard started so that it shows everything that was logged, and opened on the tab that answers."""

import contextlib
import http.client
import io
import ipaddress
import json
import logging
import time
from pathlib import Path
from typing import Any

from torchdemos.log import links, run_folder
from torchdemos.log.plugin import PLUGIN
from torchdemos.log.shown import shown
from torchdemos.view import browser, plugin

# TensorBoard's own limits are 10 pictures and 1,000 points of each chart, chosen at random.
MAX_SAMPLES = f"images=200,scalars=10000,histograms=500,text=100,tensors=1000,{PLUGIN}=1000"
RELOAD_SECONDS = 5
PATIENCE = 2  # seconds for whoever has the port to say which folder it serves
MAX_ANSWER = 10_000  # bytes of that


def serve(logdir: Path | None, host: str, port: int, open_browser: bool = True) -> None:
    """Serve until interrupted. Raises `OSError` or `ValueError` in a sentence if the address cannot be served on."""
    if not 0 <= port <= 65535:
        raise ValueError(f"--port {port} is not a port: give a number from 0 to 65535")
    if not host.strip():  # TensorBoard would serve on every interface of the machine
        raise ValueError("--host is empty: say localhost, or 0.0.0.0 to serve to every machine that reaches this one")
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
        raise OSError(f"cannot serve on {host}:{port}: {_who_serves(port)}, or try --port 0 for a free one") from error
    except (program.TensorBoardServerException, OSError) as error:
        raise OSError(f"cannot serve on {host}:{port}: {error}") from error
    except SystemExit as error:  # Werkzeug has written why, below the other notes
        raise OSError(f"cannot serve on {host}:{port}: {notes.getvalue().strip().splitlines()[-1]}") from error


def _who_can_read(host: str) -> str:
    """A warning unless the address is this machine's own; TensorBoard knows no password."""
    try:
        own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        own = False
    return "" if own else f"Everybody who reaches this machine as {host} can read the log.\n"


def _plugins() -> list[Any]:
    """Ours comes first: TensorBoard shows tabs in this order, and on a laptop's screen the last are cut off."""
    from tensorboard import default

    return [plugin.Loader, *(other for other in default.get_plugins() if other is not plugin.Loader)]


def _who_serves(port: int) -> str:
    """What has the port, and what to do about it."""
    asked = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)
    try:
        asked.request("GET", "/data/logdir")
        folder = json.loads(asked.getresponse().read(MAX_ANSWER))["logdir"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, RecursionError):
        return "another program has this port: stop it"
    finally:
        asked.close()
    return f"a TensorBoard shows {shown(folder)} there already: look at http://localhost:{port}/, stop it"
