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
from torchdemos.lab.data import MNIST_TRAIN_DIGITS
from torchdemos.lab.result import Figure, Result

MNIST_BLANK_PIXELS = 67  # in the training digits of the full set
DEAD_COLOUR = (0.84, 0.37, 0.0)  # vermilion, which is not among the colours of the map
FIGURE = Figure(
    "7_dead_pixels",
    title="Dead input neurons",
    caption="pixels that are blank in every training digit",
    about="How often each pixel has ink. A dead input neuron is 0 for every training digit, so the weights from it "
    "never learn. In all of MNIST there are 67; a smaller sample has these and more.",
)


def run(images: Tensor, labels: Tensor, seed: int = 0) -> Result:
    """Count the blank pixels, and the pixels whose weights learn nothing; `images` are MNIST's training digits."""
    share = (images > 0).double().mean(dim=0).squeeze(0)
    dead = share == 0
    count = int(dead.sum())
    still = int((weight_gradient(images, labels, seed) == 0).all(dim=0).sum())
    claims: list[Claim | Bound] = [
        blank_claim(len(images), count),
        Claim("pixels whose weights get no gradient", "gradient = delta x input", count, still, 0, relative=False),
    ]
    return Result(claims, {FIGURE: draw(share, dead)})


def blank_claim(digits: int, count: int) -> Claim | Bound:
    """Claim the constant of MNIST for all of its digits, and at least as many blank pixels for a part of them."""
    if digits == MNIST_TRAIN_DIGITS:
        return Claim("pixels that are never inked", "MNIST, all of it", MNIST_BLANK_PIXELS, count, 0, relative=False)
    return Bound("pixels that are never inked", "MNIST, part of it", count, low=MNIST_BLANK_PIXELS)


def weight_gradient(images: Tensor, labels: Tensor, seed: int) -> Tensor:
    """d loss / d weight [neurons, 784] of a fresh network's first layer, over all images."""
    model = models.mlp()
    inits.gaussian(model, 2.0, 0.0, torch.Generator().manual_seed(seed))
    model.to(images.device)
    (gradient,) = torch.autograd.grad(cross_entropy(model(images), labels), [next(model.parameters())])
    return gradient


def draw(share: Tensor, dead: Tensor) -> Tensor:
    """Draw the 784 pixels, darker where ink is rare, dead ones in a colour of their own, and a legend beside them."""
    most = float(share.max())
    colours = pictures.sequential(share, 0.0, most)
    colours[:, dead.cpu()] = torch.tensor(DEAD_COLOUR)[:, None]
    pixels = pictures.frame(pictures.enlarge(colours, 6))
    width = pictures.CARD_WIDTH - pixels.shape[2] - 14
    ramp = pictures.frame(pictures.sequential(torch.linspace(0, most, width - 2).expand(10, -1), 0.0, most))
    swatch = torch.tensor(DEAD_COLOUR)[:, None, None].expand(3, 10, width)
    legend = [
        pictures.caption(ramp, f"inked in 0 to {most:.0%} of the digits"),
        pictures.caption(swatch, f"in none: {int(dead.sum())} dead of {dead.numel()} input neurons"),
    ]
    whole = pictures.beside([pixels, pictures.stack(legend, gap=12)], gap=10)
    return pictures.caption(whole, "28x28 input neurons", width=pictures.CARD_WIDTH)
