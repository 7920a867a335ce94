"""One weight of a deep network, and the few numbers that its gradient on one digit is made of."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


@dataclass(frozen=True)
class OneWeight:
    """A weight w between the last two hidden layers of a network of sigmoids, for one digit.

    w leads from unit `source` to unit `unit`. There z = w x + `rest`, and the unit's value is sigmoid(z). The logits
    are sigmoid(z) * `weights_out` + `logits_rest`, and the loss is their cross entropy with `label`. `gradient` is
    d loss / d w by autograd.
    """

    unit: int
    source: int
    x: float
    w: float
    rest: float
    weights_out: list[float]
    logits_rest: list[float]
    label: int
    gradient: float


def largest_gradient(model: nn.Sequential, images: Tensor, labels: Tensor) -> OneWeight:
    """Record the weight that has the largest gradient on one of these digits, in float64. The model stays as it is.

    The model ends in a linear layer, a sigmoid and a linear layer.
    """
    *before, hidden, _, out = copy.deepcopy(model).double()
    assert isinstance(hidden, nn.Linear) and isinstance(out, nn.Linear)
    inputs = nn.Sequential(*before)(images.double()).detach()
    sums = hidden(inputs)
    values = sums.sigmoid()
    logits = out(values)
    (back,) = torch.autograd.grad(cross_entropy(logits, labels, reduction="sum"), sums, retain_graph=True)
    # The gradient of a weight is that of its sum times its input.
    digit = int((back.abs().amax(1) * inputs.abs().amax(1)).argmax())
    unit, source = int(back[digit].abs().argmax()), int(inputs[digit].abs().argmax())
    (gradient,) = torch.autograd.grad(cross_entropy(logits[digit], labels[digit]), hidden.weight)
    weights_out = out.weight[:, unit].detach()
    x, w = float(inputs[digit, source]), float(hidden.weight[unit, source].detach())
    return OneWeight(
        unit=unit,
        source=source,
        x=x,
        w=w,
        rest=float(sums[digit, unit].detach()) - w * x,
        weights_out=weights_out.tolist(),
        logits_rest=(logits[digit] - values[digit, unit] * weights_out).tolist(),
        label=int(labels[digit]),
        gradient=float(gradient[unit, source]),
    )
