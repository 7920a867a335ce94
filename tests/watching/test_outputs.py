"""Parts of a batch pool to exactly what the whole batch gives."""

import pytest
import torch

from torchdemos import stats
from torchdemos.watching.outputs import OutputStatistics, measure, pool_outputs


def kept(x: torch.Tensor) -> OutputStatistics:
    found = measure(x, 1)
    assert found is not None
    return found


@pytest.mark.parametrize("parts", range(2, 50))
def test_a_whole_that_is_finite_in_all_parts_is_finite(parts: int) -> None:
    """Shares of 1 that were weighted and added came to 0.9999999999999998, which is a broken run."""
    generator = torch.Generator().manual_seed(parts)
    sizes = torch.randint(1, 40, (parts,), generator=generator).tolist()
    whole = pool_outputs([kept(torch.randn(size, 3, generator=generator)) for size in sizes])
    found = dict(zip(stats.OUTPUT_STATISTICS, whole.numbers.tolist(), strict=False))
    assert found["finite_fraction"] == 1.0 and found["zero_fraction"] == 0.0


def test_pooled_parts_count_as_their_concatenation() -> None:
    generator = torch.Generator().manual_seed(0)
    parts = [torch.randn(size, 3, generator=generator).relu() for size in (7, 1, 12)]
    pooled, whole = pool_outputs([kept(part) for part in parts]), kept(torch.cat(parts))
    assert (pooled.elements, pooled.samples) == (whole.elements, whole.samples)
    assert pooled.numbers.tolist() == pytest.approx(whole.numbers.tolist(), rel=1e-9)
