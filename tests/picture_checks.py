"""What tests of pictures look at: the size and range of a picture, its ink, its magenta."""

import torch
from torch import Tensor

MAGENTA = torch.tensor([1.0, 0.0, 1.0])


def is_a_picture(picture: Tensor, width: int | None = None) -> bool:
    """A float [3, H, W] in 0..1, of the asked width."""
    fits = width is None or picture.shape[2] == width
    return picture.shape[0] == 3 and fits and 0 <= picture.min().item() <= picture.max().item() <= 1


def ink(picture: Tensor) -> int:
    """How many pixels are not white."""
    return int((picture < 1).any(dim=0).sum())
