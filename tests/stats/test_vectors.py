"""Vectors are stacked whether they are tensors or arrays."""

import numpy as np
import torch

from torchdemos.stats.vectors import stack


def test_tensors_and_arrays_are_stacked_in_order() -> None:
    rows = [np.array([1.0, 2.0]), torch.tensor([3.0, 4.0], dtype=torch.float64)]
    assert torch.equal(stack(rows), torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64))


def test_no_vectors_make_an_empty_tensor_of_their_type() -> None:
    assert stack([]).shape == (0,) and stack([]).dtype == torch.float64
