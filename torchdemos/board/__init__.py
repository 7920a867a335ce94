"""Everything that is written for TensorBoard goes through here."""

from torchdemos.board import layout, links, tags
from torchdemos.board.board import Board, Place

__all__ = ["Board", "Place", "layout", "links", "tags"]
