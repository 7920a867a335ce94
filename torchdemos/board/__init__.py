"""Everything that is written for TensorBoard goes through here."""

from torchdemos.board import layout
from torchdemos.board.board import Board, Place

__all__ = ["Board", "Place", "layout"]
