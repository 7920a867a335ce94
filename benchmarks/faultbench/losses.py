"""Losses by name, right and wrong ones, and the one measure by which all runs are compared."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.faultbench.data import Data, constant_loss

Loss = Callable[[Tensor, Tensor], Tensor]
WORST = 100.0  # what a run gets whose answers are not finite


def gaussian_nll(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative as soon as the model is sure and right."""
    mean, log_variance = outputs.chunk(2, -1)
    return (0.5 * (log_variance + (targets - mean).square() * (-log_variance).exp())).mean()


def focal(costs: Tensor) -> Tensor:
    """Hardly looks at what is right already (Lin and others, 2017)."""
    return ((1 - (-costs).exp()).square() * costs).mean()


def poly(costs: Tensor) -> Tensor:
    """Cross entropy and the probability that it misses (Leng and others, 2022)."""
    return (costs + 1 - (-costs).exp()).mean()


def over_time(loss: Loss) -> Loss:
    """The same with outputs [samples, time, classes]."""
    return lambda outputs, targets: loss(outputs.flatten(0, -2), targets.flatten())


LOSSES: dict[str, Loss] = {
    "cross_entropy": F.cross_entropy,
    "smoothed": lambda outputs, targets: F.cross_entropy(outputs, targets, label_smoothing=0.1),
    "strongly smoothed": lambda outputs, targets: F.cross_entropy(outputs, targets, label_smoothing=0.3),
    "focal": lambda outputs, targets: focal(F.cross_entropy(outputs, targets, reduction="none")),
    "poly": lambda outputs, targets: poly(F.cross_entropy(outputs, targets, reduction="none")),
    "weighted": lambda outputs, targets: F.cross_entropy(outputs, targets, torch.linspace(0.5, 2, outputs.shape[1])),
    "with a z term": lambda outputs, targets: (
        F.cross_entropy(outputs, targets) + 1e-3 * outputs.logsumexp(1).square().mean()
    ),
    "summed": lambda outputs, targets: F.cross_entropy(outputs, targets, reduction="sum"),
    "wrong sign": lambda outputs, targets: -F.cross_entropy(outputs, targets),
    "nll": F.nll_loss,
    "nll of log": lambda outputs, targets: F.nll_loss(outputs.log(), targets),
    "characters": over_time(F.cross_entropy),
    "characters, softmax twice": over_time(lambda outputs, targets: F.cross_entropy(outputs.softmax(-1), targets)),
    "softmax twice": lambda outputs, targets: F.cross_entropy(F.softmax(outputs, 1), targets),
    "nll of softmax": lambda outputs, targets: F.nll_loss(F.softmax(outputs, 1), targets),
    "bce": F.binary_cross_entropy_with_logits,
    "weighted bce": lambda outputs, targets: F.binary_cross_entropy_with_logits(
        outputs, targets, pos_weight=torch.tensor(2.0)
    ),
    "bce probabilities": F.binary_cross_entropy,
    "bce of sigmoid": lambda outputs, targets: F.binary_cross_entropy(outputs.sigmoid(), targets),
    "bce, sigmoid twice": lambda outputs, targets: F.binary_cross_entropy_with_logits(outputs.sigmoid(), targets),
    "one against all": lambda outputs, targets: F.binary_cross_entropy_with_logits(outputs, one_hot(outputs, targets)),
    "squared classes": lambda outputs, targets: F.mse_loss(outputs, one_hot(outputs, targets)),
    "hinge": F.multi_margin_loss,
    "mse": F.mse_loss,
    "mse, wrong sign": lambda outputs, targets: -F.mse_loss(outputs, targets),
    "mse of pixels": lambda outputs, targets: F.mse_loss(outputs.flatten(1), targets),
    "bce of pixels": F.binary_cross_entropy,
    "l1 of pixels": F.l1_loss,
    "log cosh": lambda outputs, targets: (outputs - targets).cosh().log().mean(),
    "mse, summed": lambda outputs, targets: F.mse_loss(outputs, targets, reduction="sum"),
    "root mse": lambda outputs, targets: (outputs - targets).square().mean().sqrt(),
    "huber": F.huber_loss,
    "l1": F.l1_loss,
    "gaussian_nll": gaussian_nll,
    "norm": lambda outputs, targets: (
        (outputs - outputs.detach()).square().sum(1).sqrt().mean() + F.mse_loss(outputs, targets)
    ),
    "negative cosine": lambda outputs, targets: -F.cosine_similarity(outputs.flatten(1), targets).mean(),
}


def one_hot(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.one_hot(targets, outputs.shape[-1]).to(outputs.dtype)


def left(outputs: Tensor, data: Data, head: str, loss: str) -> float:
    """The share of the constant answer's loss that is left: 0 is perfect, 1 as good as no input at all."""
    if not outputs.isfinite().all():
        return WORST
    if loss == "negative cosine":
        always = data.targets.mean(0, keepdim=True).expand_as(data.targets)
        return float((1 + LOSSES[loss](outputs, data.targets)) / (1 + LOSSES[loss](always, data.targets)))
    return min(float(_true_loss(outputs.float(), data, head, loss)) / constant_loss(data), WORST)


def _true_loss(outputs: Tensor, data: Data, head: str, loss: str) -> Tensor:
    if data.kind == "numbers":
        means = outputs[:, : data.outputs] if loss == "gaussian_nll" else outputs
        return F.mse_loss(means.flatten(1), data.targets)
    if data.kind == "binary":
        logits = outputs.logit(1e-6) if head == "sigmoid" else outputs
        return F.binary_cross_entropy_with_logits(logits, data.targets)
    return F.nll_loss(_log_probabilities(outputs, head, loss).flatten(0, -2), data.targets.flatten())


def _log_probabilities(outputs: Tensor, head: str, loss: str) -> Tensor:
    """What the model means by its outputs."""
    if head == "softmax":
        return outputs.clamp_min(1e-6).log()
    if loss in ("squared classes", "hinge"):  # only the order counts: at a temperature that such scores suit
        return torch.log_softmax(outputs * 5, -1)
    return outputs if head == "log_softmax" else torch.log_softmax(outputs, -1)
