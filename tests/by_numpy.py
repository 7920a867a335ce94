"""What the scripts measure, worked out in float64 with numpy: no autograd, no hooks, no training."""

from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor, nn

SLOPES = {"sigmoid": lambda z: 1 / (2 + np.exp(z) + np.exp(-z)), "relu": lambda z: z > 0}
VALUES = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.maximum(z, 0)}


def exact(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def bowl(images: np.ndarray, labels: Tensor) -> tuple[float, Callable[[float, int], float]]:
    """lambda, and the loss after some steps in closed form: each direction's distance shrinks by 1 - rate * lambda."""
    x, y = images.reshape(len(images), 784), np.eye(10)[labels]
    curvatures, directions = np.linalg.eigh(x.T @ x / len(x))
    curvatures, directions = curvatures[seen := curvatures > 1e-9], directions[:, seen]
    answers, way = x @ directions, directions.T @ x.T @ y / len(x)

    def loss(rate: float, step: int) -> float:
        gain = (1 - (1 - rate * curvatures) ** step) / curvatures
        return float(np.square(answers * gain @ way - y).sum() / 2 / len(x))

    return float(curvatures[-1]), loss


def forward(layers: Iterable[nn.Module], images: Tensor, activation: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The weights and the sums of each layer of a network without biases."""
    values, weights, sums = exact(images).reshape(len(images), 784), [], []
    for layer in layers:
        weights.append(exact(layer.weight))
        sums.append(values @ weights[-1].T)
        values = VALUES[activation](sums[-1])
    return weights, sums


def gradients(model: nn.Sequential, images: Tensor, labels: Tensor, activation: str) -> list[float]:
    """The norm of the gradient of each layer's sums, the answer's last."""
    weights, sums = forward([*model][1::2], images, activation)
    gradient = (softmax(sums[-1]) - np.eye(10)[labels]) / len(labels)
    norms = [float(np.linalg.norm(gradient))]
    for matrix, before in zip(weights[:0:-1], sums[-2::-1], strict=True):
        gradient = gradient @ matrix * SLOPES[activation](before)
        norms.append(float(np.linalg.norm(gradient)))
    return norms[::-1]
