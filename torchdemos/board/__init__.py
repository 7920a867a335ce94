"""Everything that is written for TensorBoard goes through here."""

from torchdemos.board import layout, tags
from torchdemos.board.board import Board

__all__ = ["Board", "layout", "tags"]
