"""Numbers come from their device together, and what follows from them waits until then."""

import numpy as np
import pytest
import torch
from elsewhere import elsewhere, left

from torchdemos.stats.vectors import OnDevice, bring, combined, read


def test_what_is_on_the_cpu_is_read_at_once() -> None:
    assert np.array_equal(read(torch.tensor([[1, 2], [3, 4]])), [1.0, 2.0, 3.0, 4.0])
    assert combined(np.add, read(torch.ones(2)), np.ones(2)).tolist() == [2, 2]


def test_all_numbers_come_in_one_transfer_whatever_their_types() -> None:
    left.clear()
    whole = torch.tensor([2**40 + 1, -3])
    given = [read(elsewhere(x)) for x in (torch.tensor(0.5), whole, torch.tensor([1.5]).bfloat16())]
    half = combined(lambda a, b, c: (a + b) / c, given[0], given[2], np.full(1, 2.0))
    assert all(isinstance(vector, OnDevice) for vector in (*given, half)) and not left
    found = bring([*given, np.zeros(1), half])
    assert [vector.tolist() for vector in found] == [[0.5], [2**40 + 1, -3], [1.5], [0], [1.0]]
    assert left.total() == 1


def test_numbers_that_cannot_travel_together_come_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(torch, "cat", refuse)
    found = bring([read(elsewhere(torch.ones(2))), read(elsewhere(torch.zeros(1)))])
    assert [vector.tolist() for vector in found] == [[1, 1], [0]]
