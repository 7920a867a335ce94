"""See the inside of a neural network while it trains.

    around = watch(model, "logs/mine")
    for step, (inputs, targets) in enumerate(loader):
        with around(step):
            ...

Names are imported on first use, so that `import torchdemos` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torchdemos.board import Board as Board
    from torchdemos.diagnosis import Finding as Finding
    from torchdemos.diagnosis import History as History
    from torchdemos.diagnosis import diagnose as diagnose
    from torchdemos.hooks import Tape as Tape
    from torchdemos.hooks import gradients as gradients
    from torchdemos.hooks import record as record
    from torchdemos.lab.data import load as load
    from torchdemos.steering.live import live as live
    from torchdemos.view.reporting.report import report as report
    from torchdemos.watching.schedules import every as every
    from torchdemos.watching.watch import watch as watch

__version__ = "0.1.0"

_HOMES = {
    "Board": "board",
    "Finding": "diagnosis",
    "History": "diagnosis",
    "Tape": "hooks",
    "diagnose": "diagnosis",
    "every": "watching.schedules",
    "gradients": "hooks",
    "live": "steering.live",
    "load": "lab.data",
    "record": "hooks",
    "report": "view.reporting.report",
    "watch": "watching.watch",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'torchdemos' has no attribute {name!r}")
    return getattr(import_module(f"torchdemos.{_HOMES[name]}"), name)
