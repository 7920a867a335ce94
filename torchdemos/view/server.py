"""Starts TensorBoard so that it shows everything that was logged, the telling cards first."""

import contextlib
import logging
import time
from pathlib import Path

from torchdemos.log import run_folder, tags, watched
from torchdemos.log.links import first_view
from torchdemos.log.run_folder import Run
from torchdemos.view import events

# TensorBoard otherwise keeps 10 pictures and 1,000 points of each chart, chosen at random.
SAMPLES = "images=200,scalars=10000,histograms=500,text=100,tensors=1000,torchdemos=1000"


def find(logdir: Path | None) -> tuple[Path, str]:
    """The folder to open and the address of its best first view; with None, the newest run in ./logs.

    Raises `FileNotFoundError` for a folder that does not exist or holds no log.
    """
    newest = run_folder.newest(logdir or run_folder.LOGS)
    folder = logdir or (newest.folder if newest else run_folder.LOGS)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no log folder {folder}: run a demo first, or name the folder of a run")
    if not any(folder.rglob(events.PATTERN)):
        raise FileNotFoundError(
            f"there is no TensorBoard log in {folder}: run a demo first, or name the folder of a run"
        )
    run = newest or _watched(folder)
    if run is None:
        return folder, ""
    name = run.folder.relative_to(folder).as_posix()
    return folder, first_view(run.pins, ["" if name == "." else name], run.tab)


def _watched(folder: Path) -> Run | None:
    """The newest run with a watched model in it, where no note says so: it was watched into another writer's log."""
    mark = f"{tags.GRADIENT_SUMMARY}/total"
    for path in sorted(folder.rglob(events.PATTERN), key=lambda path: path.stat().st_mtime, reverse=True):
        prefixes = [tag.removesuffix(mark) for tag in events.read(path.parent).scalars if tag.endswith(mark)]
        if prefixes:
            pins = [pin for prefix in prefixes for pin in watched.pins(prefix.removesuffix("_"))]
            return Run(path.parent, pins, "timeseries")
    return None


def serve(logdir: Path | None, host: str, port: int) -> None:
    """Serve until interrupted. Raises `OSError` in a sentence if the port is taken."""
    if not 0 <= port <= 65535:
        raise ValueError(f"--port {port} is not a port: give a number from 0 to 65535")
    folder, view = find(logdir)
    from tensorboard import program

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    board = program.TensorBoard()
    board.configure(argv=["tensorboard", "--logdir", str(folder), "--host", host, "--port", str(port),
                          "--samples_per_plugin", SAMPLES, "--reload_interval", "5"])  # fmt: skip
    try:
        url = board.launch()
    except (program.TensorBoardServerException, OSError, SystemExit) as error:
        raise OSError(f"cannot serve on {host}:{port}: {error}; try --port 0 for a free one") from error
    print(f"TensorBoard shows {folder} at\n\n  {url}{view}\n\nStop it with Ctrl-C.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
