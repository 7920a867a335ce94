"""How this process was started, and how many threads it uses."""

import os
import shutil
import sys
from pathlib import Path

import torch


def command() -> str:
    """What to type to run torchdemos: its path, unless the virtual environment is activated."""
    if shutil.which("torchdemos"):
        return "torchdemos"
    beside, here = Path(sys.executable).with_name("torchdemos"), Path.cwd()
    return str(beside.relative_to(here) if here in beside.parents else beside)


def use_one_thread() -> None:
    """These networks are too small to gain from two threads, which can be 10 times slower beside a busy process."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
