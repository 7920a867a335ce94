"""Writing logs for TensorBoard: the only door to disk."""

from torchdemos.board import layout
from torchdemos.board.board import Board, Place

__all__ = ["Board", "Place", "layout"]
