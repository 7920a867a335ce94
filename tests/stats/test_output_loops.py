"""The loops over outputs read each element once, wherever its unit lies in memory."""

import numpy as np
import pytest
import torch
from odd_tensors import normal
from torch import Tensor

from torchdemos.stats import kernels, output_loops


def test_a_unit_too_faint_for_float32_is_not_dead() -> None:
    x = normal(50, 3).abs() + 1
    x[:, 1], x[:, 2] = 1e-30, 0.0
    _, squares = torch.as_tensor(kernels.output_statistics(x, 1))[6:].view(2, -1)
    assert (squares != 0).tolist() == [True, True, False]


@pytest.mark.parametrize("units", [1, -1])
def test_pictures_stored_with_their_channels_last_are_measured_alike(units: int) -> None:
    x = normal(4, 6, 9, 8)
    stored = x.to(memory_format=torch.channels_last)
    one, other = (torch.as_tensor(kernels.output_statistics(y, units)) for y in (stored, x))
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_an_output_added_in_parts_is_that_added_at_once() -> None:
    x = normal(60, 7, 150)
    whole, parts = (np.zeros(output_loops.SCALARS + 2 * 7) for _ in range(2))
    output_loops.add(x, 60, 7, 150, whole)
    for part in x.split(25):
        output_loops.add(part, len(part), 7, 150, parts)
    assert parts == pytest.approx(whole, rel=1e-12)


def test_sums_that_do_not_tell_the_spread_are_refused() -> None:
    def finished(x: Tensor) -> bool:
        found = np.zeros(output_loops.SCALARS + 2)
        output_loops.add(x, len(x), 1, 1, found)
        return bool(output_loops.finish(found, 1, len(x)))

    x = normal(1000)
    assert finished(x) and finished(0 * x)
    assert not finished(1e-3 * x + 1e4) and not finished(x / 0 * 0)
