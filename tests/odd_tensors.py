"""Tensors of every kind, with values that break float32, for the tests of statistics."""

import math
from collections.abc import Callable

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


# Outputs: a shape with the dimension of its units, and values that are made of normal ones

SHAPES = {
    "dense": ((64, 48), 1),
    "picture": ((6, 20, 9, 11), 1),
    "sequence": ((5, 7, 48), -1),
    "channels of a sequence": ((5, 16, 33), 1),
    "one unit": ((3000, 1), 1),
    "a vector": ((777,), 1),
    "small pictures": ((40, 6, 3, 2), 1),
    "many parts": ((3, 2, 700, 600), 1),
}


def mixed(x: Tensor, low: float, high: float) -> Tensor:
    return x * torch.logspace(low, high, x.numel(), dtype=torch.float64).view(x.shape).float()


VALUES: dict[str, Callable[[Tensor], Tensor]] = {
    "normal": lambda x: x,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "centred": lambda x: x - x.double().mean().float(),
    "tiny": lambda x: x * 1e-30,
    "squares are subnormal": lambda x: x * 1e-21,
    "faint": lambda x: x * 1e-14,
    "huge": lambda x: x * 1e30,
    "largest": lambda x: x.sign() * 3.4e38,
    "largest of one sign": lambda x: 3.3e38 + x * 1e36,
    "subnormal": lambda x: x * 1e-42,
    "mixed": lambda x: mixed(x, -38, 37),
    "mixed within squares": lambda x: mixed(x, -18, 12),
    "mean far from zero": lambda x: x * 1e-3 + 1e4,
    "mean farther from zero": lambda x: x * 1e-2 + 3e6,
    "mean far from zero, one is negative": lambda x: torch.where(torch.arange(x.numel()).view(x.shape) == 1, -1, 9 + x),
    "all equal": lambda x: torch.full_like(x, 0.1),
    "one outlier": lambda x: torch.where(torch.arange(x.numel()).view(x.shape) == 1, 1e4, 1e-3),
    "zeros": torch.zeros_like,
    "bfloat16": lambda x: (x * 1e3).bfloat16(),
    "float16": torch.Tensor.half,
    "float64": torch.Tensor.double,
    "float8 e4m3": lambda x: x.to(torch.float8_e4m3fn),
    "float8 e5m2": lambda x: x.to(torch.float8_e5m2),
    "float64, mean far from zero": lambda x: x.double() + 1e9,
    "complex": lambda x: torch.complex(x, x.flip(0)),
    "nan": lambda x: torch.where(x > 2, math.nan, x),
    "nan among the largest": lambda x: torch.where(x > 2, math.nan, x.sign() * 3e38),
    "infinite": lambda x: torch.where(x > 2, math.inf, x),
}


def values(x: Tensor) -> list[float]:
    """The elements as Python numbers, complex ones by magnitude."""
    return [abs(v) if isinstance(v, complex) else float(v) for v in x.detach().to_dense().reshape(-1).tolist()]
