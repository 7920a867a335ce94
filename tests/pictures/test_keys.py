"""Colour bars say what colours stand for."""

import math

import torch
from picture_checks import ink

from torchdemos import pictures


def test_a_heatmap_marks_an_end_of_its_colours_that_stands_for_more() -> None:
    within, below = torch.tensor([[0.0, 1.0]]), torch.tensor([[-math.inf, 1.0]])
    plain, marked = (pictures.heatmap(matrix, 0, 1) for matrix in (within, below))
    assert torch.equal(plain[:, :40], marked[:, :40])  # the colours are those of the end
    assert ink(marked[:, -15:, :12]) > ink(plain[:, -15:, :12])
