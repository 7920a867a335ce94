"""The name of every tag and what it means.

TensorBoard sorts by name, so groups are numbered by importance and layers by call order. Tags hold no spaces,
parentheses or other characters of regular expressions, which TensorBoard's filters and layouts would interpret.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from itertools import count
from typing import TypeVar

from torchdemos.log import answers

Name = TypeVar("Name", bound=Hashable)

LOSS = "1_overview/loss"
LOSS_CAPPED = "1_overview/loss_capped"
ACCURACY = "1_overview/accuracy"
DIVERGED = "1_overview/diverged"
LEARNING_RATE = "1_overview/learning_rate"
CHANGES = "changes"
GRADIENT_NORM = "2_grad_norm_log10"
GRADIENT_SUMMARY = "2_grad_norm_summary"
NONFINITE = "2_nonfinite"
NONFINITE_GRADIENT = "2_nonfinite_grad"
ZERO_GRADIENT = "2_zero_grad"
GRADIENT_PROFILE = "3_depth_profile/grad_norm_by_layer"
ACTIVATION_PROFILE = "3_depth_profile/activation_std_by_layer"
ACTIVATION = "3_activations"
ACTIVATION_STATISTIC = "3_activation"
ACTIVATION_STD = f"{ACTIVATION_STATISTIC}_std"
LONG_DEAD = f"{ACTIVATION_STATISTIC}_long_dead"
EQUAL_UNITS = f"{ACTIVATION_STATISTIC}_equal_units"
SATURATED_UNITS = f"{ACTIVATION_STATISTIC}_saturated_units"
PARAMETER = "5_parameter"
PARAMETER_GRADIENT = "5_parameter_gradient"
UPDATE_RATIO = f"{PARAMETER}_update_ratio_log10"
UNCHANGED = f"{PARAMETER}_unchanged"
PICTURE = "4_pictures"
ENDS = "3_ends"
OPTIMIZER = "5_optimizer"
NEURONS = "neurons"
GRADIENT_BY_LAYER = "1_overview/log10_gradient_by_layer"
FACTOR_BY_LAYER = "3_chain_rule/factor_by_layer"

DESCRIPTIONS = {
    LOSS: "Training loss of this batch. Guessing one of K classes costs ln K: ln 10 = 2.303 for ten. "
    "A run that is not finite disappears from this chart.",
    LOSS_CAPPED: "Training loss, cut off at twice the loss of guessing and drawn at that ceiling once it is not "
    "finite, so that a diverged run stays in sight.",
    ACCURACY: "Share of test digits named correctly; 0.1 is guessing. NaN once the outputs are not finite.",
    DIVERGED: "1 while the loss is not finite or far above its start, else 0.",
    CHANGES: "What was changed by hand while the network trained, right before this step: one change a line.",
    LEARNING_RATE: "The learning rate as it was set by hand while the network trained, from the step on at which it "
    "changed. The text `changes` has every change.",
    GRADIENT_NORM: "log10 of the norm of d loss / d output of this layer. Healthy: the layers lie within about one "
    "unit of each other. A steady fall towards the first layer is a vanishing gradient, a rise an exploding one. "
    "Absent when the gradient is exactly 0 or not finite. It shrinks with the batch size: compare layers, not batches.",
    GRADIENT_SUMMARY: "log10 of the gradient norms of all layers at a glance. first_over_last compares the layer "
    "nearest the input with the one nearest the loss: 0 is healthy, -3 vanishes, +3 explodes. "
    "total is the norm of all parameter gradients that the optimizer's step took together, total_unclipped the same as "
    "backward left them (where the loop clips them), clipped_share the share of looks so far at which clipping made "
    "them smaller, total_added what backward added in a block in which no optimizer took a step, total_left_over what "
    "gradients held from before the block when a step took them.",
    NONFINITE: "Share of this layer's outputs that are NaN or infinite. Written only when there are any.",
    NONFINITE_GRADIENT: "1 where d loss / d output of this layer has NaN or infinite elements. Written only then.",
    ZERO_GRADIENT: "1 where d loss / d output of this layer is exactly 0. Written only then.",
    GRADIENT_PROFILE: "One bar a layer, the input at the left: gradient norm relative to the largest. "
    "A plateau is healthy, a single spike at the right means the gradient vanished, one at the left that it exploded.",
    ACTIVATION_PROFILE: "One bar a layer, the input at the left: standard deviation of the layer's outputs, "
    "relative to the largest. A plateau means that the signal survives the depth.",
    f"{ACTIVATION_STATISTIC}_mean": "Mean of this layer's outputs over the batch.",
    ACTIVATION_STD: "Standard deviation of this layer's outputs. Healthy: much the same in all "
    "layers, neither shrinking nor growing with depth.",
    f"{ACTIVATION_STATISTIC}_abs_max": "Largest magnitude among this layer's outputs.",
    f"{ACTIVATION_STATISTIC}_zero_fraction": "Share of this layer's outputs that are exactly 0. About 0.5 is "
    "healthy after a ReLU; that is not yet a dead unit.",
    f"{ACTIVATION_STATISTIC}_dead_units": "Share of units that are 0 for every sample of this batch. Only many batches "
    "can tell that a unit is really dead.",
    LONG_DEAD: "Share of units that were active in none of the last 1,000 samples or more. Written only when there "
    "are any.",
    EQUAL_UNITS: "1 where all units of this layer gave the same, as copies of one unit do. Written only then.",
    f"{PARAMETER}_norm_zero": "1 where this weight or bias is all 0. Written only then.",
    f"{PARAMETER}_norm_nonfinite": "1 where this weight or bias holds NaN or inf. Written only then.",
    f"{PARAMETER}_grad_norm_zero": "1 where this parameter's gradient is exactly 0. Written only then.",
    f"{PARAMETER}_grad_norm_nonfinite": "1 where this parameter's gradient holds NaN or inf. Written only then.",
    f"{PARAMETER}_added_grad_norm_zero": "1 where backward added exactly 0 to this parameter's gradient. Written only "
    "then.",
    f"{PARAMETER}_added_grad_norm_nonfinite": "1 where backward added NaN or inf to this parameter's gradient. Written "
    "only then.",
    ENDS: "What the model is given (its first tensor) and what it answers ([rows, units] only): mean, standard "
    "deviation, largest magnitude, shares of zeros and of finite numbers, and the gradient of the answer.",
    OPTIMIZER: "What the optimizer is told at this step: learning rate, weight decay, momentum (Adam's first beta) and "
    "square_memory (its second); of several groups the largest.",
    SATURATED_UNITS: "Share of sigmoid, tanh or similar units whose mean slope is below 0.05, so that "
    "hardly any gradient passes them.",
    f"{GRADIENT_NORM}_abs_max": "log10 of the largest magnitude in d loss / d output of this layer.",
    f"{PARAMETER}_norm_log10": "log10 of the norm of this weight or bias.",
    f"{PARAMETER}_grad_norm_log10": "log10 of the norm of this parameter's gradient, as the optimizer's step took it.",
    f"{PARAMETER}_added_grad_norm_log10": "log10 of the norm of what backward added to this parameter's gradient in a "
    "block in which no optimizer took a step.",
    UPDATE_RATIO: "log10 of |change| / |weight| in this step. About -3 is usual; above -1 "
    "the step is too large, below -5 the layer hardly learns.",
    UNCHANGED: "1 where the step changed not one value of this weight or bias. Written only then.",
    ACTIVATION: "Distribution of this layer's finite outputs in 64 bins.",
    PARAMETER: "Distribution of the finite values of this weight or bias before the step, in 64 bins.",
    PARAMETER_GRADIENT: "Distribution of this parameter's gradient, as the optimizer's step took it, in 64 bins.",
    PICTURE: "The neurons of every layer as pixels, for the first sample of the batch: white is 0.",
    answers.TAG: "What this run answers, for the Answer view.",
    NEURONS: "Every neuron's value, and the weights it is made with, for the Neurons tab.",
    GRADIENT_BY_LAYER: "Here the axis is the layer, from the input at the left to the loss at the right: log10 of its "
    "gradient norm before training. A straight line is a constant factor per layer. Compare each run with its theory.",
    FACTOR_BY_LAYER: "Here the axis is the layer: by how much it multiplies the next one's gradient norm, by hand. "
    "The product of all factors from a layer on is that layer's gradient norm.",
    "final": "The last number of this run, for the HParams tab.",
}


def layer(index: int, key: str, total: int = 0) -> str:
    """`00_fc1`: the layer's place in call order, and its name made safe for a tag."""
    width = max(2, len(str(max(total - 1, 0))))
    return f"{index:0{width}d}_{clean(key)}"


@cache
def clean(name: str) -> str:
    """A name without the characters that TensorBoard's filters would misread: `lstm[0]` is `lstm.0`."""
    return re.sub(r"[^\w#-]+", ".", name).strip(".")


def plain(tag: str) -> str:
    """A tag of the user's own, which an event file takes as it is, but for what is no character."""
    return tag.encode(errors="replace").decode()


class Unique(dict[Name, str]):
    """A tag for each name, as in `unique[name]`; where `made` makes two names alike, the later one has a number."""

    def __init__(self, made: Callable[[Name], str]) -> None:
        super().__init__()
        self._made, self._taken = made, set[str]()

    def __missing__(self, name: Name) -> str:
        alike = self._made(name)
        free = (f"{alike}#{number}" if number > 1 else alike for number in count(1))
        self[name] = tag = next(tag for tag in free if tag not in self._taken)
        self._taken.add(tag)
        return tag


def prefixed(prefix: str, tag: str) -> str:
    """`generator_2_nonfinite/fc1`. TensorBoard groups by what precedes the slash, so each model has its own groups."""
    safe = clean(prefix)
    return f"{safe}_{tag}" if safe else tag


def describe(tag: str, about: Mapping[str, str] = DESCRIPTIONS) -> str:
    """The description of a tag or its group, from `about` or else from DESCRIPTIONS; empty if there is none."""
    keys = tag, tag.rsplit("/", 1)[0]
    return next((words[key] for words in (about, DESCRIPTIONS) for key in keys if key in words), "")
