"""The sharpness of a loss, the largest eigenvalue of its Hessian, computed without forming the Hessian."""

import math
from collections.abc import Generator, Iterable
from typing import NamedTuple

import torch
from torch import Tensor


class Eigenpair(NamedTuple):
    """A curvature of the loss, and its direction [P] in the space of all parameters."""

    value: float
    vector: Tensor


def sharpness(
    loss: Tensor,
    parameters: Iterable[Tensor],
    start: Tensor | None = None,
    tolerance: float = 0.01,
    max_products: int = 60,
) -> Eigenpair:
    """The largest eigenvalue of the Hessian of `loss`, with its eigenvector v, by Lanczos iteration.

    Each iteration takes one product of the Hessian with a vector, which costs about as much as two gradients. It ends
    once |H v - value v| <= tolerance |value|, or after `max_products` products; the error of the value is of the order
    of the tolerance squared. While a model trains, start from the vector found last, and a few products suffice.
    Without `start` the iteration begins with a fixed random vector. NaN if the Hessian is not finite.

    Lanczos 1950; Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    """
    weights = list(parameters)
    gradient = flat(torch.autograd.grad(loss, weights, create_graph=True))
    search = lanczos(first_direction(gradient) if start is None else start, tolerance, max_products)
    direction = next(search)
    while True:
        image = torch.autograd.grad(gradient, weights, direction, retain_graph=True, materialize_grads=True)
        try:
            direction = search.send(flat(image))
        except StopIteration as end:
            found: Eigenpair = end.value
            return found


def lanczos(start: Tensor, tolerance: float, max_products: int) -> Generator[Tensor, Tensor, Eigenpair]:
    """The search of `sharpness` for any symmetric matrix: it yields a direction, and is sent the matrix times that.

    Whoever has little time between two steps of a training can take as long for a product as is needed.
    """
    basis, diagonal, beside = [start / start.norm()], list[float](), list[float]()
    while True:
        image = yield basis[-1]
        diagonal.append(float(image.dot(basis[-1])))
        image = _outside(image, torch.stack(basis))
        length = float(image.norm())
        if not math.isfinite(length):
            return Eigenpair(math.nan, basis[0])
        value, inside = _top(diagonal, beside)
        if length * abs(float(inside[-1])) <= tolerance * abs(value) or len(diagonal) == min(max_products, len(image)):
            return Eigenpair(value, inside.to(image) @ torch.stack(basis))
        beside.append(length)
        basis.append(image / length)


def first_direction(like: Tensor) -> Tensor:
    """A fixed random vector as long as this one."""
    return torch.randn(len(like), generator=torch.Generator().manual_seed(0)).to(like)


def _outside(vector: Tensor, basis: Tensor) -> Tensor:
    """The part of a vector that is orthogonal to a basis [k, P]; the second pass removes the rounding of the first."""
    for _ in range(2):
        vector = vector - (basis @ vector) @ basis
    return vector


def _top(diagonal: list[float], beside: list[float]) -> tuple[float, Tensor]:
    """The largest eigenvalue, and its vector [k], of the symmetric tridiagonal matrix that Lanczos has built so far."""
    matrix = torch.diag(torch.tensor(diagonal, dtype=torch.float64))
    if beside:
        aside = torch.diag(torch.tensor(beside, dtype=torch.float64), 1)
        matrix = matrix + aside + aside.T
    values, vectors = torch.linalg.eigh(matrix)
    return float(values[-1]), vectors[:, -1]


def flat(parts: Iterable[Tensor]) -> Tensor:
    """All parameters, or all their gradients, as one vector."""
    return torch.cat([part.reshape(-1) for part in parts])
