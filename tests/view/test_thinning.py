"""Long series are thinned at even distances."""

import pytest

from torchdemos.view.thinning import evenly_spaced


@pytest.mark.parametrize(("most", "expected"), [(1, [9]), (2, [0, 9]), (4, [0, 3, 6, 9]), (10, list(range(10)))])
def test_thinning_keeps_both_ends(most: int, expected: list[int]) -> None:
    assert list(evenly_spaced(range(10), most)) == expected
