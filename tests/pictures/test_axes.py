"""Limits and ticks of an axis."""

import pytest
import torch

from torchdemos.pictures.axes import axis, tick_labels


@pytest.mark.parametrize("limits", [(0, 8.5), (0.5, 10.5), (-0.7, 31.7), (-1, 1), (0.99, 1.01), (0, 5)])
def test_an_axis_has_three_to_five_ticks(limits: tuple[float, float]) -> None:
    assert 3 <= len(tick_labels(axis(torch.empty(0), limits), 5)) <= 5


def test_a_logarithmic_axis_of_few_powers_has_numbers_between() -> None:
    def texts(low: float, high: float) -> list[str]:
        return [text for _, text in tick_labels(axis(torch.empty(0), (low, high), log=True), 5)]

    assert texts(0.15, 2.6) == ["0.2", "0.5", "1", "2"]
    assert texts(0.003, 0.6) == ["0.003", "0.01", "0.03", "0.1", "0.3"]
    assert texts(0.36, 0.5) == ["0.4", "0.45", "0.5"]
    assert texts(0.001, 1) == ["0.001", "0.01", "0.1", "1"]
