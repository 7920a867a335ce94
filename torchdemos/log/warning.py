"""Warnings that show the user's line."""

import contextlib
import sys
import warnings
from pathlib import Path
from types import FrameType

from torchdemos.log.shown import shown_lines

OURS = (str(Path(__file__).parents[1]), contextlib.__file__)


def warn(message: str) -> None:
    """Warn at the line outside this package that led here, however many of our own calls lie between.

    The message may name what others named, so that no control character of it reaches a terminal.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back and _is_ours(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(shown_lines(message), stacklevel=level)


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OURS)
