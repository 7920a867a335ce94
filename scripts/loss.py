"""What is loss? One number for how far an answer is from the truth, and all that a network learns from.

A network learns digits with three losses. At first it is SURE that everything is a 0, and mostly wrong. Cross entropy
is -ln p of the true class. NLL is the same in two steps, and squared error compares probabilities.
Predict first: which loss notices a sure mistake, and which has hardly a slope there? Then change SURE to 0: the first
loss is ln 10, the cost of an even guess among ten, and all three learn. Then to 5: squared error returns, but later.
"""

import math

import torch
from torch import nn
from torch.nn.functional import cross_entropy, nll_loss, one_hot

from torchdemos import load, watch

SURE = 10.0  # how far the first answer "0" lies above the nine others, before the softmax
STEPS = 301
LOSSES = {
    "squared error": lambda scores, truth: (scores.softmax(1) - one_hot(truth, 10)).square().sum(1).mean(),
    "cross entropy": cross_entropy,
    "NLL": lambda scores, truth: nll_loss(scores.log_softmax(1), truth),
}

# %% The network, and its training

torch.set_num_threads(1)  # so small a network is faster on one
(images, labels), (test_images, test_labels) = load().train, load().test
zero_it_is = one_hot(torch.tensor(0), 10).float()


def train(loss_of, name):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
    nn.init.zeros_(model[3].weight)
    model[3].bias = nn.Parameter(SURE * zero_it_is)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    around = watch(model, f"logs/loss/sure_{SURE:g}/{name.replace(' ', '_')}", alert=None)
    for step in range(STEPS):
        batch = torch.randint(len(images), (64,))
        with around(step):
            optimizer.zero_grad()
            loss = loss_of(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            around.loss(loss)
    return loss.item(), (model(test_images).argmax(1) == test_labels).float().mean().item()


def mistake(loss_of, sure):
    """The loss of the answer "0" to a digit 1, and the length of its slope."""
    scores = (sure * zero_it_is[None]).requires_grad_()
    loss = loss_of(scores, torch.tensor([1]))
    loss.backward()
    return loss.item(), scores.grad.norm().item()


# %% The numbers

print(f"                   an even guess     sure and wrong    after {STEPS} steps")
print("loss               loss    slope     loss    slope      loss   correct")
slopes = {}
for name, loss_of in LOSSES.items():
    (even, even_slope), (wrong, slopes[name]) = mistake(loss_of, 0), mistake(loss_of, SURE)
    last, correct = train(loss_of, name)
    print(f"{name:15} {even:7.3f} {even_slope:8.3f} {wrong:8.3f} {slopes[name]:8.2g} {last:9.3f} {correct:9.1%}")
print(f"\nAn even guess costs ln 10 = {math.log(10):.3f}. A network learns from the slope, and at a")
print(f"sure mistake cross entropy's is {slopes['cross entropy']:.2g}, squared error's {slopes['squared error']:.2g}.")
print("Look:  torchdemos open logs/loss\nThe full exhibit:  torchdemos loss")
