"""How deep a network trains at weight variance 2, by the number of steps: `python docs/trainable_depth.py`, 5 minutes.

It prints the table of `how_are_weights_initialized.md`. The networks are those of `lab/experiments/trainability.py`.
"""

from collections.abc import Iterator

import torch
from torch.nn.functional import cross_entropy

from torchdemos.lab import data, inits, models
from torchdemos.lab.experiments.trainability import BIAS_VARIANCE, VARIANCES
from torchdemos.lab.theory.correlation import correlation_depth
from torchdemos.lab.training import accuracy, batches, train

VARIANCE, DEPTHS, STEPS = 2.0, (54, 80, 120, 180), (200, 400, 800, 1600)


def main() -> None:
    torch.set_num_threads(1)
    xi = correlation_depth("tanh", VARIANCE, BIAS_VARIANCE)
    print("| layers | in xi | " + " | ".join(f"{steps:,} steps" for steps in STEPS) + " |\n" + "|---" * 6 + "|")
    for depth in DEPTHS:
        shares = " | ".join(f"{share:.0%}" for share in named_right(depth))
        print(f"| {depth} | {depth / xi:.1f} | {shares} |", flush=True)


def named_right(depth: int) -> Iterator[float]:
    """The share of training digits that a network of this depth names right after each number of steps."""
    digits = data.load()
    images, labels = data.standardize(digits.train_images), digits.train_labels
    net = models.deep_mlp(depth, 200, "tanh")
    seed = 1000 * VARIANCES.index(VARIANCE) + depth
    inits.gaussian(net, VARIANCE, BIAS_VARIANCE, torch.Generator().manual_seed(seed))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for step, _ in train(net, batches(images, labels, 64, max(STEPS)), cross_entropy, optimizer):
        if step + 1 in STEPS:
            yield accuracy(net, images[:2000], labels[:2000])


if __name__ == "__main__":
    main()
