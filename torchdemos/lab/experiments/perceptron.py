"""One neuron learns to tell 0 from 1, and makes no more mistakes than geometry allows.

F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
Psychological Review 65, 1958. A. B. J. Novikoff, "On convergence proofs on perceptrons", Symposium on the Mathematical
Theory of Automata 12, 1962. The rule: where the neuron is wrong, add the input to its weights, or subtract it. After k
mistakes the weights are at least gamma k long and at most R sqrt(k): where the two meet, mistakes must have ended.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence, Picture
from torchdemos.lab.theory.neuron import mistake_bound

Array: TypeAlias = NDArray[np.float64]

LENGTH = "4_pictures/8_perceptron"
TEMPLATE = "4_pictures/9_perceptron_as_template"
ABOUT = {
    LENGTH: "The length of the weights after each mistake, between the two lengths that Novikoff's proof allows. Where "
    "the lines cross is the most mistakes that any order of the examples can cause.",
    TEMPLATE: "The weights of one neuron as a picture: orange-red ink speaks for a 1, blue ink for a 0, white does not "
    "matter. Left: what the perceptron found. Right: the neuron that keeps the widest margin.",
}


class Neuron(NamedTuple):
    """Weights, the last of them the bias, and their distance from the nearest example."""

    weights: Array
    margin: float


def run(images: Tensor, labels: Tensor) -> Evidence:
    """Bound the mistakes by the widest margin, then let the perceptron make them, in the order of the file."""
    rows = examples(images, labels)
    radius, best = float(np.linalg.norm(rows, axis=1).max()), widest(rows)
    bound = mistake_bound(radius, best.margin)

    weights, lengths, last = learn(rows, bound)
    claims: list[Claim | Bound] = [
        Claim("widest margin = shortest mixture", "duality", float(np.linalg.norm(best.weights)), best.margin, 1e-6),
        Bound("mistakes of a perceptron, 0 or 1", "Novikoff 1962", len(lengths), low=1, high=bound),
        Claim("mistakes in its last pass", "Novikoff 1962", 0, last, 0, relative=False),
    ]
    drawn = {LENGTH: draw_lengths(lengths, radius, best.margin, bound), TEMPLATE: draw_templates(weights, best.weights)}
    return Evidence(claims, {tag: Picture(image, ABOUT[tag]) for tag, image in drawn.items()})


def examples(images: Tensor, labels: Tensor) -> Array:
    """Every 0 and 1 as a row of 784 pixels and a constant 1, a 0 times -1: the neuron is right where w.row > 0."""
    pixels = images[labels < 2].flatten(1).cpu().double().numpy()
    signs = 2.0 * labels[labels < 2].cpu().numpy() - 1
    return np.hstack([pixels, np.ones((len(pixels), 1))]) * signs[:, None]


def widest(rows: Array) -> Neuron:
    """The neuron with the widest margin, which is the shortest mixture (convex combination) of all rows.

    No margin is wider than any mixture is long, so equality proves both. Only the nearest rows have a part in it: it
    is mixed from these, again and again, until they are the nearest of all.
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
    """Pass over all rows until a pass has no mistake, or there were more than `most`: the weights, their length after
    each mistake, and the number of mistakes in the last pass."""
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
    """The two lines of the proof, and the weights between them."""
    mistakes = np.geomspace(1, 2 * bound, 50)
    series: list[pictures.Series] = [
        ("at most", mistakes.tolist(), (radius * np.sqrt(mistakes)).tolist(), "wide"),
        ("at least", mistakes.tolist(), (margin * mistakes).tolist(), "wide"),
        ("perceptron", range(1, len(lengths) + 1), lengths, "dots"),
    ]
    title = f"{len(lengths)} mistakes; the lines cross at {bound:.0f}"
    return pictures.lines(series, title, "mistakes so far", "length of the weights", log_x=True, log_y=True)


def draw_templates(found: Array, best: Array) -> Tensor:
    """Both neurons as pictures of 28x28 weights, each on its own scale, without the bias."""
    panels = []
    for name, neuron in {"perceptron": found, "widest margin": best}.items():
        weights = torch.from_numpy(neuron[:-1]).view(28, 28)
        pixels = pictures.frame(pictures.enlarge(pictures.signed(weights), 4))
        key = pictures.signed_key(pictures.full_scale(weights), pixels.shape[2])
        panels.append(pictures.caption(pictures.stack([pixels, key], gap=3), name))
    return pictures.caption(pictures.beside(panels, gap=14), "orange-red speaks for 1, blue for 0")
