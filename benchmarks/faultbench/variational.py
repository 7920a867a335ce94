"""A variational autoencoder, whose loss is a bound that may be negative and has a term that grows."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.faultbench import data as data_sets
from benchmarks.faultbench.training import Trained, batches
from benchmarks.faultbench.watching import watched
from torchdemos import watch

STEPS, CODE = 400, 8


class Variational(nn.Module):
    """Encoder and decoder with one hidden layer each."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, 48), nn.ReLU(), nn.Linear(48, 2 * CODE))
        self.decoder = nn.Sequential(nn.Linear(CODE, 48), nn.ReLU(), nn.Linear(48, pixels), nn.Sigmoid())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_variance = self.encoder(x).chunk(2, -1)
        code = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(code), mean, log_variance


def variational(seed: int, spread: float = 0.0) -> Trained:
    """With pixels of such a spread: the density of a narrow one is above 1, and its negative logarithm below 0.

    Without a spread pixels are 0 or 1, and the loss is positive.
    """
    data = data_sets.load("mnist_pictures")
    torch.manual_seed(seed)
    model = Variational(data.outputs)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    around = watch(model, alert=None)
    stream = batches(data._replace(inputs=data.targets), 64, seed)

    def step(i: int) -> None:
        pictures, _ = next(stream)
        optimizer.zero_grad()
        made, mean, log_variance = model(pictures)
        density = surprise(made, pictures, spread).sum(1).mean()
        apart = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        loss = density + apart
        loss.backward()
        optimizer.step()
        around.loss(loss)

    seen = watched({"": around}, STEPS, step)
    with torch.no_grad():
        error = (model(data.targets)[0] - data.targets).square().mean()
    return Trained(seen, float(error) / data_sets.constant_loss(data))


def surprise(made: Tensor, pictures: Tensor, spread: float) -> Tensor:
    """-log of the density of each pixel, without its constant."""
    if not spread:
        return F.binary_cross_entropy(made, pictures, reduction="none")
    return 0.5 * ((made - pictures) / spread).square() + torch.tensor(spread).log()
