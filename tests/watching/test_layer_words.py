"""A layer is told by its type and its sizes."""

import pytest
from torch import nn

from torchdemos.watching.layer_words import in_words


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Linear(20, 64), "Linear 20 → 64"),
        (nn.Bilinear(2, 3, 4), "Bilinear"),
        (nn.Conv2d(3, 16, 5), "Conv2d 3 → 16"),
        (nn.LSTM(10, 20), "LSTM 10 → 20"),
        (nn.Embedding(100, 8), "Embedding 100 → 8"),
        (nn.ReLU(), "ReLU"),
        (nn.BatchNorm1d(4, momentum=0.0), "BatchNorm1d momentum 0"),
        (nn.BatchNorm1d(4), "BatchNorm1d"),
        (None, ""),
    ],
)
def test_a_layer_in_words(module: nn.Module | None, words: str) -> None:
    assert in_words(module) == words
