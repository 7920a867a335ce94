"""What does the learning rate do? It is the step size: too small crawls, larger is faster, too large diverges.

A linear network with squared error learns digits, once with each rate. Its loss is a bowl, and the pixels alone say how
steep: lambda, the largest eigenvalue of the mean of x x^T. Along that direction each step multiplies the slope by
1 - rate * lambda. Beyond a rate of 2/lambda this is below -1: every step lands on the other side, and higher up.
Predict first: does 0.99 times 2/lambda still learn, and 1.05 times? Then change INK to 0.5: gray digits, a bowl four
times flatter, and a limit four times higher. Then change the last of RATES to 0.999: it no longer diverges.
"""

import torch
from torch import nn

from torchdemos import load, watch

RATES = 0.02, 0.5, 0.99, 1.05  # in units of the limit 2/lambda
INK = 1.0  # every pixel is multiplied by it
STEPS = 101

# %% The network, and its training

torch.set_num_threads(1)  # so small a network is faster on one


def train(rate, name):
    """Train from weights 0. Return the loss and the slope along the steepest direction, at every step."""
    model = nn.Linear(784, 10, bias=False)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    around = watch(model, f"logs/learning_rate/ink_{INK:g}/{name}", alert=None)
    losses, slopes = [], []
    for step in range(STEPS):
        with around(step):
            optimizer.zero_grad()
            loss = (model(pixels) - targets).square().sum(1).mean() / 2
            loss.backward()
            optimizer.step()
            around.loss(loss)
        losses.append(loss.item())
        slopes.append(model.weight.grad @ steepest)
    return losses, slopes


# %% The numbers

images, labels = load().train
pixels, targets = INK * images[:1000].flatten(1), nn.functional.one_hot(labels[:1000], 10).float()
curvatures, directions = torch.linalg.eigh(pixels.T @ pixels / len(pixels))
limit, steepest = 2 / curvatures[-1].item(), directions[:, -1]
print(f"The pixels' lambda is {curvatures[-1]:.3f}, so the predicted limit is 2/lambda = {limit:.4f}.\n")
print("                   steepest slope, each step x    loss at step")
print(f"/ limit     rate   1-rate*lambda  measured        0 {STEPS // 10:8}     last")
learnt, diverged = [], []
for rate in RATES:
    losses, slopes = train(rate * limit, rate)
    measured = (slopes[1] @ slopes[0] / slopes[0].square().sum()).item()
    (learnt if losses[-1] < losses[0] else diverged).append(rate)
    way = "crawls" if measured > 0.5 else "learns" if measured > -0.5 else "swings"
    way = way if rate in learnt else "diverges"
    row = f"{rate:<7g} {rate * limit:9.4f} {1 - 2 * rate:13.3f} {measured:z9.3f} "
    print(row, *(f"{loss:8.3g}" for loss in (losses[0], losses[STEPS // 10], losses[-1])), f" {way}")
print(f"\nThe rate is the step size. {max(learnt, default=0):g} of the predicted limit still learns,")
print(f"{min(diverged):g} of it leads farther away at every step." if diverged else "and no rate here diverges.")
print("Look:  torchdemos open logs/learning_rate\nThe full exhibit:  torchdemos learning-rate")
