"""Losses of logits [N, K] and labels [N], coded as they are meant and coded by mistake."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

LossFunction = Callable[[Tensor, Tensor], Tensor]
"""(outputs, targets) -> loss."""

SMOOTHING = 0.1  # share of a label that is spread evenly over all classes


def squared_error(logits: Tensor, labels: Tensor) -> Tensor:
    """Half the squared distance between the logits themselves and the one-hot label, averaged over the digits."""
    return half_squared_distance(logits, labels)


def squared_error_sigmoid(logits: Tensor, labels: Tensor) -> Tensor:
    """The squared error of a sigmoid at each output, summed over the outputs and averaged over the digits."""
    return neuron_squared_error(logits, one_hot(logits, labels)).sum(1).mean()


def squared_error_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Squared error between the probabilities and the one-hot label."""
    return half_squared_distance(logits.softmax(1), labels)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-ln of the probability that softmax gives the label, averaged over the digits: the usual loss."""
    return F.cross_entropy(logits, labels)


def cross_entropy_sigmoid(logits: Tensor, labels: Tensor) -> Tensor:
    """The yes-or-no cross entropy of a sigmoid at each output, summed over the outputs and averaged over the digits."""
    return neuron_cross_entropy(logits, one_hot(logits, labels)).sum(1).mean()


def nll(logits: Tensor, labels: Tensor) -> Tensor:
    """Negative log-likelihood of log-probabilities: cross entropy in two steps."""
    return F.nll_loss(logits.log_softmax(1), labels)


def smoothed(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy with label smoothing: a tenth of each label is spread evenly over all classes."""
    return F.cross_entropy(logits, labels, label_smoothing=SMOOTHING)


def softmax_twice(logits: Tensor, labels: Tensor) -> Tensor:
    """A mistake: cross entropy is given probabilities, and applies softmax to them once more."""
    return F.cross_entropy(logits.softmax(1), labels)


def forgotten_log(logits: Tensor, labels: Tensor) -> Tensor:
    """A mistake: nll_loss takes log-probabilities, and is given probabilities."""
    return F.nll_loss(logits.softmax(1), labels)


def forgotten_log_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """A mistake: nll_loss takes log-probabilities, and is given logits, which may grow without end."""
    return F.nll_loss(logits, labels)


def neuron_squared_error(logits: Tensor, targets: Tensor) -> Tensor:
    """(a - y)^2 / 2 of each sigmoid neuron. Its gradient (a - y) a (1 - a) dies where the neuron is surely wrong."""
    return (logits.sigmoid() - targets).square() / 2


def neuron_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """-y ln a - (1 - y) ln(1 - a) of each sigmoid neuron. Its gradient a - y is largest where it is surely wrong."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none")


def one_hot(logits: Tensor, labels: Tensor) -> Tensor:
    """The labels as [N, K], 1 at the label and 0 elsewhere, in the precision of the logits."""
    return F.one_hot(labels, logits.shape[1]).to(logits)


def half_squared_distance(outputs: Tensor, labels: Tensor) -> Tensor:
    """1/2 ||outputs - one-hot||^2, averaged over the digits. (`mse_loss` averages over the classes as well.)"""
    return (outputs - one_hot(outputs, labels)).square().sum(1).mean() / 2


LOSSES: dict[str, LossFunction] = {
    "squared error": squared_error,
    "squared error, sigmoid": squared_error_sigmoid,
    "squared error, softmax": squared_error_softmax,
    "cross entropy": cross_entropy,
    "cross entropy, sigmoid": cross_entropy_sigmoid,
    "NLL": nll,
    "label smoothing": smoothed,
    "softmax twice": softmax_twice,
    "forgotten log": forgotten_log,
    "forgotten log-softmax": forgotten_log_softmax,
}
