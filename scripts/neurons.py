"""What is a neuron? A unit that holds one number, made from the numbers before it.

A network of 784 pixels, 16 hidden neurons and 10 answers learns digits, and one neuron is worked out by hand.
Predict first: does neuron 1 hold the same number for a 3 and for an 8, and what is it for blank paper? Then change
DIGIT to 4: the weights stay nearly as they were, the numbers do not. Then change STEPS to 1: no answer stands out.
"""

from collections import OrderedDict
from itertools import zip_longest

import torch
from torch import nn

from torchdemos import load, record, watch

DIGIT = 3  # what the network is shown, 0 to 9
NEURON = 1  # the hidden neuron that is worked out by hand, 0 to 15
STEPS = 100

# %% The network, and its training

torch.set_num_threads(1)  # so small a network is faster on one
images, labels = load().train
first = labels.tolist().index  # first(3) is the place of the first 3


def train():
    torch.manual_seed(0)
    layers = {"pixels": nn.Flatten(), "hidden": nn.Linear(784, 16), "relu": nn.ReLU(), "answer": nn.Linear(16, 10)}
    model = nn.Sequential(OrderedDict(layers))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    around = watch(model, f"logs/neurons/digit_{DIGIT}", detail="pictures")
    for step in range(STEPS):
        batch = torch.randint(len(images), (64,))
        batch[0] = first(DIGIT)  # the neurons of the first of a batch are drawn
        with around(step):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            around.loss(loss)
    return model


def drawn(values, rows, columns):
    """One layer as lines of text: the larger the value, the more ink."""
    picture = nn.functional.adaptive_avg_pool2d(values[None], (rows, columns))[0].clamp(min=0)
    shades = (5 * picture / picture.max()).round().int().tolist()
    return [f"|{''.join(' .:+#@'[shade] for shade in line)}|" for line in shades]


# %% The numbers

model, other = train(), (DIGIT + 5) % 10
papers = {f"a {DIGIT}": images[first(DIGIT)], f"a {other}": images[first(other)], "blank paper": torch.zeros(1, 28, 28)}
with record(model) as tape, torch.no_grad():
    chances = model(torch.stack([*papers.values()])).softmax(1)[0].tolist()
print("784 pixels                 16 hidden neurons   10 answers")
pictures = drawn(images[first(DIGIT)][0], 10, 22), drawn(tape.outputs["relu"][0].reshape(4, 4), 4, 8)
for digit, (pixels, hidden) in enumerate(zip_longest(*pictures, fillvalue="")):
    print(f"{pixels}   {hidden:10}          {digit} {'#' * round(20 * chances[digit])}")
print(f"\nneuron {NEURON} is shown   sum by hand   recorded   after ReLU")
weights, bias = model.hidden.weight[NEURON].tolist(), model.hidden.bias[NEURON].item()
recorded, after = (tape.outputs[layer][:, NEURON].tolist() for layer in ("hidden", "relu"))
for row, (name, paper) in enumerate(papers.items()):
    by_hand = sum(pixel * weight for pixel, weight in zip(paper.flatten().tolist(), weights, strict=True)) + bias
    print(f"{name:19} {by_hand:11.4f} {recorded[row]:10.4f} {after[row]:12.4f}")
print(f"\nA neuron holds one number for one input. Neuron {NEURON} holds {after[0]:.4f} for this {DIGIT},")
print(f"made from 784 products of a pixel and its weight, and a bias of {bias:.4f}.")
print("Look:  torchdemos open logs/neurons\nThe full exhibit:  torchdemos neurons")
