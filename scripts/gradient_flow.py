"""What is the chain rule? A layer's gradient is a product: one factor for each layer between it and the loss.

One deep network has sigmoids, whose slope is at most 1/4, the other ReLUs and He's start. The gradient of each layer is
worked out by hand, from the last to the first: times the weights, times the slopes, again and again.
Predict first: if each layer passes on a quarter, how much reaches the first of 20? Then change DEPTH to 2: a quarter
reaches it, and sigmoids begin to learn. Then to 40: less than 1e-24 is left.
"""

import torch
from torch import nn

from torchdemos import load, record, watch

DEPTH = 20  # hidden layers
STEPS = 151
NETWORKS = {  # activation, its slope, and the variance of the weights times their number of inputs
    "sigmoid": (nn.Sigmoid, lambda z: z.sigmoid() * (1 - z.sigmoid()), 1),
    "relu": (nn.ReLU, lambda z: (z > 0).float(), 2),
}

# %% The network, and its training

torch.set_num_threads(1)  # so small a network is faster on one
images, labels = load().train


def network(activation, s):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten())
    for inputs in [784, *(DEPTH - 1) * [100]]:
        model.extend([nn.Linear(inputs, 100, bias=False), activation()])
    model.append(nn.Linear(100, 10, bias=False))
    for layer in model[1::2]:
        nn.init.normal_(layer.weight, 0, (s / layer.in_features) ** 0.5)
    return model


def train(model, name):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    around = watch(model, f"logs/gradient_flow/depth_{DEPTH}/{name}", alert=None)
    for step in range(STEPS):
        batch = torch.randint(len(images), (64,))
        with around(step):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            around.loss(loss)
    return loss.item()


# %% The numbers

table, ends = {layer: f"{layer:5}" for layer in sorted({1, *range(DEPTH, 0, -5)}, reverse=True)}, {}
for name, (activation, slope, s) in NETWORKS.items():
    model = network(activation, s)
    with record(model, nn.Linear, keep=torch.Tensor.double) as tape:
        nn.functional.cross_entropy(model(images[:64]), labels[:64]).backward()
    (*sums, _), (*recorded, gradient) = tape.outputs.values(), tape.gradients.values()  # from here on by hand
    for layer in range(DEPTH, 0, -1):
        after, weights = gradient, model[2 * layer + 1].weight.detach().double()
        gradient = after @ weights * slope(sums[layer - 1])
        if layer in table:
            sizes = gradient.norm() / after.norm(), gradient.norm(), recorded[layer - 1].norm()
            table[layer] += "{:12.3f} {:10.2e} {:10.2e}".format(*sizes)
    ends[name] = f"  {name:8} {gradient.norm() / recorded[-1].norm():.2g} of it; last loss {train(model, name):.3f}"
print("".join(f"{name:>17}{'':17}" for name in NETWORKS).rstrip())
print("layer" + 2 * "      factor    by hand   recorded", *table.values(), sep="\n")
print("\nA gradient is a product of factors. Of the last layer's, the first layer gets", *ends.values(), sep="\n")
print("Look:  torchdemos open logs/gradient_flow\nThe full exhibit:  torchdemos gradient-flow")
