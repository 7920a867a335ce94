"""Input neurons that never fire: 67 of the 784 pixels are blank in every training digit of MNIST.

Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998. A digit is centred in its picture, so
corners stay paper. A weight's gradient is its neuron's gradient times its input, so weights from a blank pixel never
learn: they stay as they started.
"""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence, Picture

MNIST, BLANK = 60_000, 67  # training digits of the full set, and its pixels without ink
TAG = "4_pictures/7_dead_pixels"
COLOUR = (0.84, 0.37, 0.0)  # vermilion, which is not among the colours of the map


def run(images: Tensor, labels: Tensor, seed: int = 0) -> Evidence:
    """Count blank pixels and the pixels from which nothing is learned; `images` are MNIST's training digits."""
    share = (images > 0).double().mean(dim=0).squeeze(0)
    dead = share == 0
    count = int(dead.sum())
    still = int((weight_gradient(images, labels, seed) == 0).all(dim=0).sum())
    claims: list[Claim | Bound] = [
        blank_claim(len(images), count),
        Claim("pixels whose weights get no gradient", "gradient = delta x input", count, still, 0, relative=False),
    ]
    about = (
        "How often each pixel has ink. A dead input neuron is 0 for every training digit, so the weights from it never "
        "learn. In all of MNIST there are 67; a smaller sample has these and more."
    )
    return Evidence(claims, {TAG: Picture(draw(share, dead), about)})


def blank_claim(digits: int, count: int) -> Claim | Bound:
    """MNIST's own constant; a part of MNIST has at least as many."""
    if digits == MNIST:
        return Claim("pixels that are never inked", "MNIST, all of it", BLANK, count, 0, relative=False)
    return Bound("pixels that are never inked", "MNIST, part of it", count, low=BLANK)


def weight_gradient(images: Tensor, labels: Tensor, seed: int) -> Tensor:
    """d loss / d weight [neurons, 784] of a fresh network's first layer, over all images."""
    model = models.mlp()
    inits.gaussian(model, 2.0, 0.0, torch.Generator().manual_seed(seed))
    model.to(images.device)
    (gradient,) = torch.autograd.grad(cross_entropy(model(images), labels), [next(model.parameters())])
    return gradient


def draw(share: Tensor, dead: Tensor) -> Tensor:
    """The 784 pixels, darker where ink is rare, dead ones in a colour of their own; what the colours mean beside it."""
    most = float(share.max())
    colours = pictures.sequential(share, 0.0, most)
    colours[:, dead.cpu()] = torch.tensor(COLOUR)[:, None]
    pixels = pictures.frame(pictures.enlarge(colours, 6))
    width = pictures.CARD_WIDTH - pixels.shape[2] - 14
    ramp = pictures.frame(pictures.sequential(torch.linspace(0, most, width - 2).expand(10, -1), 0.0, most))
    swatch = torch.tensor(COLOUR)[:, None, None].expand(3, 10, width)
    legend = [
        pictures.caption(ramp, f"inked in 0 to {most:.0%} of the digits"),
        pictures.caption(swatch, f"in none: {int(dead.sum())} dead of {dead.numel()} input neurons"),
    ]
    whole = pictures.beside([pixels, pictures.stack(legend, gap=12)], gap=10)
    return pictures.caption(whole, "28x28 input neurons", width=pictures.CARD_WIDTH)
