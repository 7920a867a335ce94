"""Amazon SageMaker Debugger: built-in rules with the defaults of the developer guide.

VanishingGradient: mean absolute gradient below 1e-7. ExplodingTensor: NaN or inf. DeadRelu: more than half of a layer's
units are active on less than 1 % (here: on none of a thousand samples, which is rarer). SaturatedActivation: more than
half of a layer with inputs of tanh beyond ±9.4999, of sigmoid beyond -23 and 16.99999. PoorWeightInitialization, in the
first ten looks: the largest variance of a layer's weights over the smallest above 10. WeightUpdateRatio: outside
[1e-8, 10]. LossNotDecreasing: less than 0.1 % in ten losses. UnchangedTensor and AllZero follow from these here.
"""

import numpy as np

from benchmarks.faultbench.published import reading
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History

FIRST = 10


def sagemaker(history: History) -> list[Finding]:
    """What the rules say at the latest look."""
    told: list[Finding] = []
    if reading.any_not_finite(history):
        told += reading.found("not finite", "exploding gradient")
    names = reading.weights(history)
    gradients = [reading.root_mean_square(history, name, "grad_norm") for name in names]
    if any(own[-1] < 1e-7 for own in gradients if len(own)):
        told += reading.found("vanishing gradient", "gradient cut off")
    if any(reading.latest(history, layer, "long_dead") > 0.5 for layer in reading.relus(history)):
        told += reading.found("dead units")
    if _saturated(history):
        told += reading.found("saturated units")
    if _poor_start(history, names):
        told += reading.found("exploding signal", "equal units")
    told += _updates(history)
    if reading.loss_stands_still(history, 10, 0.001):
        told += reading.found("nothing learnt", "rising loss", "learning rate too small")
    return told


def _saturated(history: History) -> bool:
    shares = reading.beyond(history, "Tanh", -9.4999, 9.4999) + reading.beyond(history, "Sigmoid", -23.0, 16.99999)
    return any(share > 0.5 for share in shares)


def _poor_start(history: History, names: list[str]) -> bool:
    if not names or not history.steps:
        return False
    variances = np.array([reading.root_mean_square(history, name, "norm")[:FIRST] ** 2 for name in names])
    smallest, largest = variances.min(0), variances.max(0)
    return bool((largest > 10 * smallest).any())


def _updates(history: History) -> list[Finding]:
    ratios = [history.numbers(own, "update_ratio") for own in history.parameters.values()]
    known = [own[np.isfinite(own)] for own in ratios]
    if any(len(own) and own[-1] > 10 for own in known):
        return reading.found("learning rate too large")
    if any(len(own) and own[-1] < 1e-8 for own in known):
        return reading.found("not trained", "learning rate too small", "gradient cut off")
    return []
