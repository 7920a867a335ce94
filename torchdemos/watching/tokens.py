"""The tokens of a padded batch that count."""

import torch
from torch import Tensor

from torchdemos.watching.kinds import sizes

NO_MATCH = (
    "no output of this step has the shape {shape} of the mask without its units, so all outputs count whole: the mask "
    "is bool [samples, tokens], as the batch is"
)
NO_TOKENS = "the mask is False everywhere, so outputs of its shape have no numbers: it is True where a token counts"


def check_mask(mask: object) -> None:
    """Raises `TypeError` for a mask that is no bool tensor, and `ValueError` for one that has no dimension."""
    if not isinstance(mask, Tensor):
        raise TypeError(f"mask is a {type(mask).__name__}, and must be a bool tensor that is True where a token counts")
    if mask.dtype is not torch.bool:
        raise TypeError(f"mask is of {mask.dtype}, and must be of torch.bool, True where a token counts: mask.bool()")
    if not mask.dim():
        raise ValueError("mask is a single value, and must have the shape [samples, tokens] of the batch")


class Tokens:
    """Selects from outputs and their gradients the elements that count, by a mask such as [samples, tokens].

    An output matches if its dimensions without that of its units begin with the shape of the mask, or with the shape of
    the transposed mask. The elements that count are listed once, which waits for the mask's device; after that nothing
    waits.
    """

    def __init__(self, mask: Tensor) -> None:
        self.shape = tuple(mask.shape)
        self._matched = False
        self._selections = {self.shape[::-1]: _true_places(mask.T)} if mask.dim() == 2 else {}
        self._selections[self.shape] = _true_places(mask)  # of the two, if both have the same shape
        self._places: dict[tuple[int, ...], int | None] = {}  # of units, by the shape of the output

    @property
    def problem(self) -> str:
        """What is wrong with the mask, as far as the outputs so far tell; empty if nothing is."""
        if not self._matched:
            return NO_MATCH.format(shape=list(self.shape))
        return "" if self._selections[self.shape].numel() else NO_TOKENS

    def select(self, x: Tensor, place: int | None) -> tuple[Tensor, int | None]:
        """What counts of an output [tokens, ..., units], and where its units are then; `place` is where they were.

        An output that does not match is returned as it is.
        """
        shape = list(sizes(x))
        if place is not None and place < len(shape):
            del shape[place]
        selected = self._selections.get(tuple(shape[: len(self.shape)]))
        if selected is None:
            return x, place
        self._matched = True
        self._places[sizes(x)] = place
        if place is not None:
            x = x.movedim(place, -1) if place < x.dim() else x.unsqueeze(-1)
        rows = x.flatten(0, len(self.shape) - 1).index_select(0, self._on(x.device, selected))
        return rows, None if place is None else rows.dim() - 1

    def select_gradient(self, gradient: Tensor) -> Tensor:
        """What counts of the gradient of an output."""
        shape = sizes(gradient)
        return self.select(gradient, self._places[shape])[0] if shape in self._places else gradient

    def _on(self, device: torch.device, selected: Tensor) -> Tensor:
        return selected if selected.device == device else selected.to(device)


def _true_places(mask: Tensor) -> Tensor:
    return mask.reshape(-1).nonzero().squeeze(1)
