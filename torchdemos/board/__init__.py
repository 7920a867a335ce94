"""Everything that is written for TensorBoard goes through here."""

from torchdemos.board import layout, links, tags
from torchdemos.board.board import Board

__all__ = ["Board", "layout", "links", "tags"]
