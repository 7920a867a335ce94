"""The first network of a well-known book: 784 pixels, 30 hidden neurons, ten outputs, about 95 % right.

M. A. Nielsen, "Neural Networks and Deep Learning", Determination Press, 2015, chapter 1: sigmoid neurons, quadratic
cost, weights and biases N(0, 1), the first 50,000 digits, 30 epochs of batches of 10, learning rate 3. The backward
pass is written out, and several networks from different starts are trained at once, one in each slice of a tensor.
"""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from torchdemos import pictures
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result

DIGITS, HIDDEN, BATCH, LEARNING_RATE = 50_000, 30, 10, 3.0
PUBLISHED_ACCURACY = 0.9542  # of the best epoch of the best of three networks
LOWEST_ACCURACY, HIGHEST_ACCURACY = 0.945, 0.956  # that agree with it
ACCURACY_FIGURE = Figure(
    "11_nielsens_network",
    title="Nielsen's network",
    caption="30 hidden neurons, beside the accuracy of the book",
    about="Share of the 10,000 test digits named correctly after each epoch, for networks that differ only in their "
    "start. Line: the best that the book reports for this network.",
)
TEMPLATES_FIGURE = Figure(
    "12_hidden_neurons",
    title="Its hidden neurons",
    caption="templates that began as noise",
    about="What training changed in the weights into each hidden neuron of the first network. They began as "
    "noise, which is taken off here; white is where they stayed as they were drawn.",
)
GROUP = "nielsen"
ABOUT = {GROUP: "Here the axis counts epochs: the share of test digits that each network names correctly."}


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    epochs: int = 30,
    networks: int = 3,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Train all networks, measure their test accuracy after each epoch, and count the weights that never moved."""
    inputs, targets = images[:DIGITS].flatten(1), one_hot(labels[:DIGITS], 10).float()
    dead = int((inputs == 0).all(dim=0).sum())
    generator = torch.Generator().manual_seed(seed)
    layers = start(networks, generator, images.device)
    first = layers[0].clone()
    accuracies = []
    for _ in progress(range(epochs), "Nielsen's network, epochs", epochs):
        epoch(layers, inputs, targets, generator)
        answers = forward(layers, test_images.flatten(1))[1].argmax(dim=2)
        accuracies.append((answers == test_labels).double().mean(dim=1).tolist())
    return result(accuracies, dead, layers[0] - first)


def start(networks: int, generator: torch.Generator, device: torch.device) -> list[Tensor]:
    """Weights and biases N(0, 1) of both layers, for each network."""
    shapes = (784, HIDDEN), (1, HIDDEN), (HIDDEN, 10), (1, 10)
    return [torch.randn(networks, *shape, generator=generator).to(device) for shape in shapes]


def forward(layers: list[Tensor], inputs: Tensor) -> tuple[Tensor, Tensor]:
    """The values of the hidden and of the output neurons, [networks, digits, neurons]."""
    weights1, bias1, weights2, bias2 = layers
    hidden = torch.sigmoid(inputs @ weights1 + bias1)
    return hidden, torch.sigmoid(hidden @ weights2 + bias2)


def epoch(layers: list[Tensor], inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
    """Pass once over the digits, in a random order for each network, with backpropagation by hand."""
    orders = torch.stack([torch.randperm(len(inputs), generator=generator) for _ in layers[0]]).to(inputs.device)
    rate = LEARNING_RATE / BATCH
    for batch in torch.split(orders, BATCH, dim=1):
        pixels = inputs[batch]
        hidden, outputs = forward(layers, pixels)
        delta2 = (outputs - targets[batch]) * outputs * (1 - outputs)  # d cost / d sum for the quadratic cost
        delta1 = delta2 @ layers[2].mT * hidden * (1 - hidden)  # the chain rule
        steps = pixels.mT @ delta1, delta1.sum(1, keepdim=True), hidden.mT @ delta2, delta2.sum(1, keepdim=True)
        for parameter, step in zip(layers, steps, strict=True):
            parameter.sub_(step, alpha=rate)


def result(accuracies: list[list[float]], dead: int, change: Tensor) -> Result:
    """Claim that the best network comes near the published accuracy, and that dead pixels keep their first weights."""
    last, still = accuracies[-1], int((change == 0).all(dim=2).all(dim=0).sum())
    claims: list[Claim | Bound] = [
        Bound(
            *(f"Nielsen's network, best of {len(last)} starts", "Nielsen 2015, chapter 1", max(last)),
            *(LOWEST_ACCURACY, HIGHEST_ACCURACY),
        ),
        Claim("pixels whose weights never moved", "gradient = delta x input", dead, still, 0, relative=False),
    ]
    curves = {
        f"{GROUP}/network_{k}": {number: shares[k] for number, shares in enumerate(accuracies, start=1)}
        for k in range(len(last))
    }
    templates = draw_templates(change[0].T.reshape(-1, 28, 28))
    return Result(claims, {ACCURACY_FIGURE: draw_accuracies(curves), TEMPLATES_FIGURE: templates}, curves, ABOUT)


def draw_accuracies(curves: dict[str, dict[int, float]]) -> Tensor:
    """Draw test accuracy by epoch, in one colour for each network."""
    epochs = max(len(curve) for curve in curves.values())
    series: list[pictures.Series] = [("the book's best", [0.5, epochs + 0.5], [PUBLISHED_ACCURACY] * 2, "wide")]
    for k, curve in enumerate(curves.values(), start=1):
        series.append((f"start {k}", list(curve), list(curve.values()), "dots"))
    title = "784-30-10, share of test digits right"
    return pictures.lines(series, title, "epoch", y_limits=(0.9, 0.96))


def draw_templates(maps: Tensor) -> Tensor:
    """Draw what training added to the weights into the hidden neurons, on one scale."""
    scale = pictures.full_scale(maps) / 2
    tiles = pictures.grid(pictures.signed(maps, scale).movedim(0, 1), columns=5)
    tiles = pictures.enlarge(tiles, 2)
    key = pictures.signed_key(scale, tiles.shape[2], beyond=True)
    return pictures.caption(pictures.stack([key, tiles], gap=3), f"what {len(maps)} neurons learned", size=14)
