"""One neuron learns to tell 0 from 1, and makes no more mistakes than geometry allows.

F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
Psychological Review 65, 1958. A. B. J. Novikoff, "On convergence proofs on perceptrons", Symposium on the Mathematical
Theory of Automata 12, 1962. The rule: if the neuron is wrong, add the input to its weights, or subtract it. After k
mistakes the weights are at least gamma k long and at most R sqrt(k) long. Mistakes end before these two lengths meet.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.neuron import mistake_bound

Array: TypeAlias = NDArray[np.float64]

LENGTH_FIGURE = Figure(
    "8_perceptron",
    title="The perceptron's mistakes",
    caption="they end before the two lines of the proof cross",
    about="The length of the weights after each mistake, between the two lengths that Novikoff's proof allows. Where "
    "the lines cross is the most mistakes that any order of the examples can cause.",
)
TEMPLATE_FIGURE = Figure(
    "9_perceptron_as_template",
    title="The perceptron as a template",
    caption="what one neuron weighs to tell 1 from 0",
    about="The weights of one neuron as a picture: orange-red ink speaks for a 1, blue ink for a 0, white does not "
    "matter. Left: what the perceptron found. Right: the neuron that keeps the widest margin.",
)


class Neuron(NamedTuple):
    """The weights, the bias last, and their distance from the nearest example."""

    weights: Array
    margin: float


def run(images: Tensor, labels: Tensor) -> Result:
    """Bound the mistakes by the widest margin, then let the perceptron make them in the order of the file."""
    rows = examples(images, labels)
    radius, best = float(np.linalg.norm(rows, axis=1).max()), widest(rows)
    bound = mistake_bound(radius, best.margin)

    weights, lengths, last = learn(rows, bound)
    claims: list[Claim | Bound] = [
        Claim("widest margin = shortest mixture", "duality", float(np.linalg.norm(best.weights)), best.margin, 1e-6),
        Bound("mistakes of a perceptron, 0 or 1", "Novikoff 1962", len(lengths), low=1, high=bound),
        Claim("mistakes in its last pass", "Novikoff 1962", 0, last, 0, relative=False),
    ]
    figures = {
        LENGTH_FIGURE: draw_lengths(lengths, radius, best.margin, bound),
        TEMPLATE_FIGURE: draw_templates(weights, best.weights),
    }
    return Result(claims, figures)


def examples(images: Tensor, labels: Tensor) -> Array:
    """Every 0 and 1 as a row of 784 pixels and a constant 1. A 0 is multiplied by -1, so w.row > 0 means right."""
    pixels = images[labels < 2].flatten(1).cpu().double().numpy()
    signs = 2.0 * labels[labels < 2].cpu().numpy() - 1
    return np.hstack([pixels, np.ones((len(pixels), 1))]) * signs[:, None]


def widest(rows: Array) -> Neuron:
    """The neuron with the widest margin, which is the shortest mixture (convex combination) of all rows.

    No margin is wider than any mixture is long, so equality proves both. Only the nearest rows take part in the
    mixture: rows are added to it until the nearest rows of all are among them.
    """
    weights, known = rows.mean(axis=0), set[int]()
    while not known.issuperset(nearest := (rows @ weights).argsort()[:20].tolist()):
        known.update(nearest)
        weights = shortest_mixture(rows[sorted(known)])
    return Neuron(weights, float((rows @ weights).min() / np.linalg.norm(weights)))


def shortest_mixture(rows: Array) -> Array:
    """Minimise |sum of p_i row_i| over p >= 0 with sum 1, by least squares (Lawson & Hanson 1974, chapter 23)."""
    shares, _ = nnls(np.vstack([rows.T, np.ones(len(rows))]), np.append(np.zeros(rows.shape[1]), 1.0))
    mixture: Array = shares @ rows / shares.sum()
    return mixture


def learn(rows: Array, most: float) -> tuple[Array, list[float], int]:
    """Pass over all rows until a pass has no mistake, or until there are more than `most` mistakes.

    Returns the weights, their length after each mistake, and the number of mistakes in the last pass.
    """
    weights, lengths, last = np.zeros(rows.shape[1]), list[float](), -1
    while last != 0 and len(lengths) <= most:
        before = len(lengths)
        for row in rows:
            if row @ weights <= 0:
                weights += row
                lengths.append(float(np.linalg.norm(weights)))
        last = len(lengths) - before
    return weights, lengths, last


def draw_lengths(lengths: list[float], radius: float, margin: float, bound: float) -> Tensor:
    """Draw the two lines of the proof, and the length of the weights between them."""
    mistakes = np.geomspace(1, 2 * bound, 50)
    series: list[pictures.Series] = [
        ("at most", mistakes.tolist(), (radius * np.sqrt(mistakes)).tolist(), "wide"),
        ("at least", mistakes.tolist(), (margin * mistakes).tolist(), "wide"),
        ("perceptron", range(1, len(lengths) + 1), lengths, "dots"),
    ]
    title = f"{len(lengths)} mistakes; the lines cross at {bound:.0f}"
    return pictures.lines(series, title, "mistakes so far", "length of the weights", log_x=True, log_y=True)


def draw_templates(found: Array, best: Array) -> Tensor:
    """Draw the weights of both neurons as pictures of 28x28 pixels, each on its own scale, without the bias."""
    panels = []
    for name, neuron in {"perceptron": found, "widest margin": best}.items():
        weights = torch.from_numpy(neuron[:-1]).view(28, 28)
        pixels = pictures.frame(pictures.enlarge(pictures.signed(weights), 4))
        key = pictures.signed_key(pictures.full_scale(weights), pixels.shape[2])
        panels.append(pictures.caption(pictures.stack([pixels, key], gap=3), name))
    return pictures.caption(pictures.beside(panels, gap=14), "orange-red speaks for 1, blue for 0")
