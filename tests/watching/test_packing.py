"""What a rank captured comes back as it was, and bytes from a stranger run nothing."""

import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch

from torchdemos.stats import Histogram
from torchdemos.watching.capture import Capture
from torchdemos.watching.outputs import OutputStatistics
from torchdemos.watching.packing import packed, unpacked
from torchdemos.watching.parameters import NamedNorms, ParameterStatistics


def norms(*values: float) -> NamedNorms:
    return NamedNorms([f"p{place}" for place in range(len(values))], np.array(values))


def captured() -> Capture:
    histogram = Histogram(torch.tensor([1, 2]), torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64), torch.tensor(3))
    output = OutputStatistics(np.array([1.0, math.nan, math.inf]), 12, 4, histogram, torch.ones(2, 3))
    found = norms(1e-300, 2.0)
    parameters = ParameterStatistics(
        found, found, norms(), norms(), norms(), norms(), {"p0": histogram}, {}, ["p1"], True, {"p0": 2}, {"lr": 0.1}
    )
    return Capture(
        {"fc#1 ü": output}, {"fc": np.array([0.1])}, parameters, {"fc#1 ü": "fc"}, [np.array([2.5])], {}, {}, {}
    )


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor | np.ndarray):
        return type(one) is type(other) and one.dtype == other.dtype and repr(one) == repr(other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


def test_a_capture_comes_back_as_it_was() -> None:
    assert same(unpacked(packed(captured())), captured())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float8_e5m2, torch.complex64, torch.bool])
def test_each_type_of_tensor_comes_back_with_its_values(dtype: torch.dtype) -> None:
    tensor = torch.tensor([0.5, 0.0, 1.0]).to(dtype)
    found = unpacked(packed(tensor))
    assert torch.equal(found.to(torch.complex64), tensor.to(torch.complex64))


def test_a_pickle_is_refused() -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return pytest.fail, ("it was run",)

    for found in (pickle.dumps(Evil()), b"", b"PK\x05\x06" + bytes(18)):
        with pytest.raises((ValueError, LookupError, EOFError)):
            unpacked(found)
