"""How are weights initialized? At random, so that neurons differ, and at the scale that keeps a signal through depth.

A network learns digits from five starts. Zero and equal weights leave all neurons of a layer alike. Random weights of
variance s / inputs multiply the signal by sqrt(s / 2) in every ReLU layer: He's rule, s = 2, keeps it.
Predict first: what do ten layers leave of a signal if s = 0.5, and how many different neurons does training make of
a layer of equal ones? Then change DEPTH to 3: the large start learns too. Then to 20: the small signal is below 1e-6.
"""

import math

import torch
from torch import nn

from torchdemos import load, record, watch

STARTS = {"zero": 0.0, "equal": None, "small": 0.5, "he": 2.0, "large": 8.0}  # s, or None for weights 1 / inputs
DEPTH = 10  # hidden layers
STEPS = 101

# %% The network, its start, and its training

torch.set_num_threads(1)  # so small a network is faster on one
images, labels = load().train


def network(s):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten())
    for inputs in [784, *(DEPTH - 1) * [100]]:
        model.extend([nn.Linear(inputs, 100, bias=False), nn.ReLU()])
    model.append(nn.Linear(100, 10, bias=False))
    for layer in model[1::2]:
        nn.init.constant_(layer.weight, 1 / layer.in_features)
        if s is not None:
            nn.init.normal_(layer.weight, 0, math.sqrt(s / layer.in_features))
    return model


def train(model, name):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    around = watch(model, f"logs/initialization/depth_{DEPTH}/{name}", alert=None)
    for step in range(STEPS):
        batch = torch.randint(len(images), (64,))
        with around(step):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            around.loss(loss)
    return loss.item(), ", ".join(finding.kind for finding in around.findings()) or "-"


# %% The numbers

print("         signal, each layer x   signal in   different    last")
print("start       rule   measured      the last     neurons    loss   found")
losses = {}
for name, s in STARTS.items():
    model = network(s)
    with record(model, nn.Linear, keep=lambda outputs: outputs.square().mean().sqrt().item()) as tape:
        model(images[:500])
    first, *_, last, answer = tape.outputs.values()
    losses[name], found = train(model, name)
    different = len(model[-3].weight.detach().mul(1e5).round().unique(dim=0))  # in the last hidden layer, a row each
    rule, measured = 1.0 if s is None else math.sqrt(s / 2), (last / (first or 1)) ** (1 / (DEPTH - 1))
    print(f"{name:8} {rule:7.2f} {measured:10.2f} {last:13.2g} {different:11} {losses[name]:7.3f}   {found}")
best = min(losses, key=lambda name: (math.isnan(losses[name]), losses[name]))
print(f"\nWeights start at random, at the scale that fits: {best!r} learns best, to a loss of")
print(f"{losses[best]:.3f}. Giving each digit the same chance would cost ln 10 = {math.log(10):.3f}.")
print("Look:  torchdemos open logs/initialization\nThe full exhibit:  torchdemos initialization")
