"""TensorBoard started so that it shows everything that was logged, the tab that answers first.

To import this module is to import TensorBoard, which fails in many ways: it or a part of it is missing, or is at odds
with the versions of protobuf, grpc or setuptools beside it, or a plugin of others is.
"""

import contextlib
import io
import logging
import warnings
from pathlib import Path

from torchdemos.log import links
from torchdemos.log.plugin import PLUGIN
from torchdemos.view import plugin
from torchdemos.view.serving import listening

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about parts of TensorBoard that are old
    from tensorboard import default, program

    others = default.get_plugins()  # those that are installed beside it too

# TensorBoard shows tabs in this order, and on a laptop's screen the last are cut off.
PLUGINS = [plugin.Loader, *(other for other in others if other is not plugin.Loader)]
# TensorBoard's own limits are 10 pictures and 1,000 points of each chart, chosen at random.
MAX_SAMPLES = f"images=200,scalars=10000,histograms=500,text=100,tensors=1000,{PLUGIN}=1000"
RELOAD_SECONDS = 5


def launch(folder: Path, host: str, port: int) -> str:
    """Start TensorBoard and give the address of the tab. Raises `OSError` in a sentence for an address in use."""
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    board = program.TensorBoard(plugins=PLUGINS)
    board.configure(argv=["tensorboard", "--logdir", str(folder), "--host", host, "--port", str(port),
                          "--samples_per_plugin", MAX_SAMPLES, "--reload_interval", str(RELOAD_SECONDS)])  # fmt: skip
    notes = io.StringIO()  # that its fast loader is experimental, what Werkzeug advises: nothing a reader can use
    try:
        with contextlib.redirect_stderr(notes):
            return str(board.launch()) + links.ANSWERS
    except program.TensorBoardPortInUseError as error:
        raise OSError(f"cannot serve on {host}:{port}: {listening.in_use(port)}") from error
    except (program.TensorBoardServerException, OSError) as error:
        raise OSError(f"cannot serve on {host}:{port}: {error}") from error
    except SystemExit as error:  # Werkzeug has written why, below the other notes
        raise OSError(f"cannot serve on {host}:{port}: {notes.getvalue().strip().splitlines()[-1]}") from error
