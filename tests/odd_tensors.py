"""Tensors of every kind, with values that break float32, for the tests of statistics."""

import math

import torch
from torch import Tensor, nn


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


TENSORS = {
    "normal": normal(40, 25),
    "1e-25": torch.full((2,), 1e-25),
    "1e20": torch.full((2,), 1e20),
    "1e25": normal(1000) * 1e25,
    "smallest normal": normal(7) * 1e-37,
    "subnormal": torch.tensor([1e-45, -3e-45, 1e-40, 0.0]),
    "largest": torch.tensor([3.4e38, -3.4e38, 3.3e38]),
    "mixed": torch.tensor([sign * 10.0**k for k in range(-38, 39) for sign in (1, -0.3)]),
    "mean far from zero": normal(1000) * 1e-3 + 1e4,
    "float64": normal(9).double() * 1e100,
    "half": torch.tensor([6e-8, 300.0, -65504.0, 0.0]).half(),
    "bfloat16": (normal(300) * 1e30).bfloat16(),
    "float8 e4m3": normal(50).to(torch.float8_e4m3fn),
    "float8 e5m2": normal(50).to(torch.float8_e5m2),
    "int8": torch.tensor([-128, 127, 0], dtype=torch.int8),
    "int64": torch.tensor([2**40, -(2**40), 3]),
    "uint8": torch.tensor([255, 255, 0], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "complex": torch.complex(normal(30, seed=1), normal(30, seed=2)) * 1e37,
    "sparse": torch.tensor([5.0, 0.0, 0.0, 2.0]).to_sparse(),
    "not coalesced": torch.sparse_coo_tensor([[3, 3, 0]], [1.0, 1.0, 5.0], (6,), check_invariants=True),
    "0-d": torch.tensor(-2.5),
    "one element": torch.ones(1),
    "transposed": normal(3, 4).t(),
    "expanded": normal(3, 1).expand(3, 4),
    "a parameter": nn.Parameter(normal(5)),
    "of a graph": nn.Parameter(normal(5)) * 2,
}
BROKEN = {
    "nan": torch.tensor([1.0, math.nan]),
    "inf": torch.tensor([1.0, math.inf]),
    "both infs": torch.tensor([-math.inf, math.inf]),
    "empty": torch.empty(0),
    "empty batch": torch.empty(0, 3),
}


def values(x: Tensor) -> list[float]:
    """The elements as Python numbers, complex ones by magnitude."""
    return [abs(v) if isinstance(v, complex) else float(v) for v in x.detach().to_dense().reshape(-1).tolist()]
