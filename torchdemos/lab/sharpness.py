"""The sharpness of a loss, the largest eigenvalue of its Hessian, found without ever forming the Hessian."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor


class Eigenpair(NamedTuple):
    """A curvature of the loss, and the direction [P] in the space of all parameters in which it is found."""

    value: float
    vector: Tensor


def sharpness(
    loss: Tensor, parameters: Iterable[Tensor], start: Tensor | None = None, tolerance: float = 0.01, most: int = 60
) -> Eigenpair:
    """The largest eigenvalue of the Hessian of `loss`, with its eigenvector v, by Lanczos iteration.

    Each iteration takes one product of the Hessian with a vector, about as dear as two gradients. It ends once
    |H v - value v| <= tolerance |value|, or after `most` products; the error of the value is of the order of the
    tolerance squared. While a model trains, start from the vector found last: a few products are then enough.
    Without `start` a fixed random vector is taken. NaN if the Hessian is not finite.

    Lanczos 1950; Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    """
    weights = list(parameters)
    gradient = _flat(torch.autograd.grad(loss, weights, create_graph=True))
    first = _random(gradient) if start is None else start
    basis, diagonal, beside = [first / first.norm()], list[float](), list[float]()
    while True:
        image = _flat(torch.autograd.grad(gradient, weights, basis[-1], retain_graph=True, materialize_grads=True))
        diagonal.append(float(image.dot(basis[-1])))
        image = _outside(image, torch.stack(basis))
        length = float(image.norm())
        if not math.isfinite(length):
            return Eigenpair(math.nan, basis[0])
        value, inside = _top(diagonal, beside)
        if length * abs(float(inside[-1])) <= tolerance * abs(value) or len(diagonal) == min(most, len(image)):
            return Eigenpair(value, inside.to(image) @ torch.stack(basis))
        beside.append(length)
        basis.append(image / length)


def _random(like: Tensor) -> Tensor:
    return torch.randn(len(like), generator=torch.Generator().manual_seed(0)).to(like)


def _outside(vector: Tensor, basis: Tensor) -> Tensor:
    """What of a vector is orthogonal to all of a basis [k, P]; the second time removes the rounding of the first."""
    for _ in range(2):
        vector = vector - (basis @ vector) @ basis
    return vector


def _top(diagonal: list[float], beside: list[float]) -> tuple[float, Tensor]:
    """Largest eigenvalue and its vector [k] of the symmetric tridiagonal matrix that Lanczos has built so far."""
    matrix = torch.diag(torch.tensor(diagonal, dtype=torch.float64))
    if beside:
        aside = torch.diag(torch.tensor(beside, dtype=torch.float64), 1)
        matrix = matrix + aside + aside.T
    values, vectors = torch.linalg.eigh(matrix)
    return float(values[-1]), vectors[:, -1]


def _flat(parts: Iterable[Tensor]) -> Tensor:
    return torch.cat([part.reshape(-1) for part in parts])
