"""TensorBoard started so that it shows everything that was logged, with the cards that matter pinned."""

import contextlib
import logging
import re
import time
from pathlib import Path

from torchdemos.log import run_folder, tags, watched
from torchdemos.log.links import first_view
from torchdemos.log.plugin import PLUGIN
from torchdemos.log.run_folder import EVENT_FILES, FirstView
from torchdemos.view import events

# TensorBoard's own limits are 10 pictures and 1,000 points of each chart, chosen at random.
MAX_SAMPLES = f"images=200,scalars=10000,histograms=500,text=100,tensors=1000,{PLUGIN}=1000"


def find(logdir: Path | None) -> tuple[Path, str]:
    """The folder to open, and the end of the address of its first view; with None, of the newest run in ./logs.

    Raises `FileNotFoundError` for a folder that does not exist or holds no log.
    """
    folder = run_folder.find(logdir)
    view = run_folder.newest(folder) or _watched(folder)
    if view is None:
        return folder, ""
    name = view.folder.relative_to(folder).as_posix()
    return folder, first_view(view.pins, ["" if name == "." else name], view.tab)


def _watched(folder: Path) -> FirstView | None:
    """The first view of the newest run with a watched model, whose writer left no note about it."""
    marks = re.compile(rf"(.*?)_?{tags.GRADIENT_SUMMARY}/(?:total|total_added)")  # one of them is in every look
    for path in sorted(folder.rglob(EVENT_FILES), key=lambda path: path.stat().st_mtime, reverse=True):
        found = map(marks.fullmatch, events.read(path.parent).scalars)
        prefixes = dict.fromkeys(match[1] for match in found if match)
        if prefixes:
            pins = [pin for prefix in prefixes for pin in watched.pins(prefix)]
            return FirstView(path.parent, pins, "timeseries")
    return None


def serve(logdir: Path | None, host: str, port: int) -> None:
    """Serve until interrupted. Raises `OSError` in a sentence if the address cannot be served on."""
    if not 0 <= port <= 65535:
        raise ValueError(f"--port {port} is not a port: give a number from 0 to 65535")
    folder, view = find(logdir)
    from tensorboard import program

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    board = program.TensorBoard()
    board.configure(argv=["tensorboard", "--logdir", str(folder), "--host", host, "--port", str(port),
                          "--samples_per_plugin", MAX_SAMPLES, "--reload_interval", "5"])  # fmt: skip
    try:
        url = board.launch()
    except (program.TensorBoardServerException, OSError, SystemExit) as error:
        raise OSError(f"cannot serve on {host}:{port}: {error}; try --port 0 for a free one") from error
    print(f"TensorBoard shows {folder} at\n\n  {url}{view}\n\nStop it with Ctrl-C.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
