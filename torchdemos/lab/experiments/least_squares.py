"""A layer of ten neurons is solved, not trained: the best linear guess at ten digits, in closed form.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proceedings of
the IEEE 86, 1998, begin with the linear classifier too. Beside it stands an even simpler layer, whose templates are
averages: each digit goes to the nearest class mean.
"""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.data import MNIST_TRAIN_DIGITS
from torchdemos.lab.result import Figure, Result

TEST_ERROR, TRAINING_LOSS, MEANS_ERROR = 0.1397, 0.190009, 0.1797  # of the full MNIST
FIGURE = Figure(
    "10_ten_neurons",
    title="Ten neurons",
    caption="averaged, and solved for in closed form",
    about="Ten neurons as templates, orange-red where ink speaks for the digit and blue where against it. Above: the "
    "mean of each class, less that of all. Below: the weights of the best linear guess, each times the usual variation "
    "of its pixel. They look less like digits and tell them apart better.",
)


def run(images: Tensor, labels: Tensor, test_images: Tensor, test_labels: Tensor) -> Result:
    """Solve for the ten neurons, and hold their outputs against algebra and against constants of MNIST."""
    labels, test_labels = labels.cpu(), test_labels.cpu()
    inputs, targets = with_bias(images), one_hot(labels, 10).double()
    weights, predicted_loss = solve(inputs, targets)
    loss = float((inputs @ weights - targets).square().sum(dim=1).mean()) / 2
    outputs = with_bias(test_images) @ weights
    means = torch.stack([inputs[labels == digit].mean(dim=0) for digit in range(10)])
    nearest = torch.cdist(with_bias(test_images), means).argmin(dim=1)
    constants = {
        "least squares, test error": (TEST_ERROR, error(outputs.argmax(dim=1), test_labels), 0.0005),
        "least squares, training loss": (TRAINING_LOSS, loss, 1e-6),
        "nearest class mean, test error": (MEANS_ERROR, error(nearest, test_labels), 0.0005),
    }
    exact = {
        "least squares, loss by Pythagoras": (predicted_loss, loss, 1e-9),
        "ten outputs of a test digit, sum": (1.0, farthest(outputs.sum(dim=1), 1.0), 1e-5),
    }
    claims = [Claim(name, "closed form", *numbers, relative=False) for name, numbers in exact.items()]
    if len(images) == MNIST_TRAIN_DIGITS:
        claims += [Claim(name, "MNIST, all of it", *numbers, relative=False) for name, numbers in constants.items()]
    return Result(claims, {FIGURE: draw(means, weights, inputs.std(dim=0))})


def with_bias(images: Tensor) -> Tensor:
    """The pixels and a constant 1, [N, 785], in double precision."""
    pixels = images.flatten(1).cpu().double()
    return torch.cat([pixels, torch.ones(len(pixels), 1, dtype=torch.float64)], dim=1)


def solve(inputs: Tensor, targets: Tensor) -> tuple[Tensor, float]:
    """The weights [785, 10] with the least mean squared error, and half that error.

    Where dead pixels leave a choice, the weights are the shortest. The error is computed without any output, as the
    square of the targets less the square of their projection.
    """
    moments, products = inputs.T @ inputs / len(inputs), inputs.T @ targets / len(inputs)
    weights = torch.linalg.pinv(moments, rtol=1e-13, hermitian=True) @ products
    return weights, float(targets.square().sum(dim=1).mean() - (weights * products).sum()) / 2


def farthest(values: Tensor, centre: float) -> float:
    """The value farthest from the centre."""
    return float(values[(values - centre).abs().argmax()])


def error(answers: Tensor, labels: Tensor) -> float:
    """Share of wrong answers."""
    return float((answers != labels).double().mean())


def draw(means: Tensor, weights: Tensor, spread: Tensor) -> Tensor:
    """Draw ten templates by averaging above ten by least squares, with one scale for each ten."""
    blocks = {
        "nearest class mean: ten averages": means - means.mean(dim=0),
        "least squares: ten neurons, weight x spread": weights.T * spread,
    }
    parts = []
    for title, templates in blocks.items():
        maps = templates[:, :-1].reshape(-1, 28, 28)
        scale = float(maps.abs().flatten().quantile(0.995))
        tiles = pictures.grid(pictures.signed(maps, scale).movedim(0, 1), columns=5)
        tiles = pictures.enlarge(tiles, 2)
        key = pictures.signed_key(scale, tiles.shape[2], beyond=True)
        parts.append(pictures.caption(pictures.stack([tiles, key], gap=3), title))
    return pictures.stack(parts, gap=8)
