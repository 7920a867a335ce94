"""What docs/diagnosis.md says of each finding, besides its example and its rates."""

from typing import NamedTuple


class Chapter(NamedTuple):
    """`symptom` is what is seen from outside, `cause` why, `cure` what helps; `not_said` when the rule is silent."""

    symptom: str
    cause: str
    cure: str
    not_said: str


CHAPTERS = {
    "learning rate too large": Chapter(
        "The loss jumps, rises, turns NaN, or stays where it was while the weights change wildly. Networks of "
        "ReLUs end with dead units, those of sigmoids with saturated ones.",
        "A step is longer than the curvature of the loss allows: beyond 2/sharpness each step overshoots by more "
        "than it came with. The update ratio, by how much of its size a step moves the median weight, is about "
        "1e-3 in healthy training; here it is 0.1 and more, or everything grew before it broke.",
        "Divide the learning rate by 10. If only the first steps are too large, warm it up.",
        "Silent while the loss falls, whatever the steps: Adam's first steps on small weights are large and sound. "
        "Weights of a classifier that large steps made five times as large count until three quarters of the loss "
        "are gone.",
    ),
    "learning rate too small": Chapter(
        "The loss stays at what guessing costs, and everything else looks sound.",
        "A step moves the median weight by less than a ten-thousandth of its size, so that the run ends before "
        "anything has changed.",
        "Multiply the learning rate by 10 until the loss falls.",
        "Silent about a network that knows something already: late in a schedule small steps are meant.",
    ),
    "not finite": Chapter(
        "The loss is NaN.",
        "NaN or inf came from the data, from an operation (log or division at 0, the square root's slope at 0, "
        "the end of float16), or from an optimizer's step. The finding tells where it came first, and from which "
        "of these.",
        "Repair the data, add a small number inside the log, root or division, or lower the learning rate.",
        "A gradient that is not finite is no finding where no step took it, as a gradient scaler skips such "
        "steps. A single loss that is NaN may be an empty batch.",
    ),
    "vanishing gradient": Chapter(
        "The first layers do not change, and the loss stays. The heat map of the tab turns white towards the input.",
        "By the chain rule a layer's gradient is a product of the later layers' factors; factors below 1 make it "
        "vanish with depth. A sigmoid's slope is at most a quarter, whatever its weights.",
        "ReLU with He initialization, tanh with Xavier initialization, normalization, or skip connections.",
        "Silent while the loss falls. Depth is the path from input to loss: towers side by side do not count as deep.",
    ),
    "exploding gradient": Chapter(
        "The first steps throw the first layers away. The heat map of the tab is red at the input.",
        "The same product with factors above 1: weights that are too large for this depth.",
        "Smaller initial weights (He for ReLU, Xavier for tanh), or normalization between the layers.",
        "A factor per layer below 1.5, as batch normalization has at the start, is no illness.",
    ),
    "exploding signal": Chapter(
        "The first loss is many times what guessing costs.",
        "Each layer magnifies what it is given, so that the first answers are huge and surely wrong.",
        "Smaller initial weights, or inputs of about unit size.",
        "Silent once the loss has come down near to what guessing costs.",
    ),
    "dead units": Chapter(
        "A layer gives 0 for every input, or most of its units do for more than 1,000 samples.",
        "A ReLU passes no gradient where it gives 0, so a unit that is 0 everywhere stays so. At the first look: "
        "biases or weights of the start. Later: a step that was too large.",
        "He initialization with biases of 0 and scaled inputs; a lower learning rate; LeakyReLU.",
        "Up to half of a layer may be dead while nothing is learnt, and any share below nine tenths while the "
        "loss falls. A layer whose weights are all 0 is not dead, nor what it feeds.",
    ),
    "saturated units": Chapter(
        "Sigmoid or tanh units lie where they are flat, and the loss does not fall.",
        "Their inputs are too large: weights, inputs, or steps.",
        "Xavier initialization and inputs of about unit size; later a lower learning rate, or normalization.",
        "The last layer may saturate: then the network is sure, unless its targets are out of "
        "reach. Silent once half of the loss is gone.",
    ),
    "equal units": Chapter(
        "All units of a layer give the same.",
        "They began alike (zero or constant weights), so they get the same gradient and stay alike.",
        "Random initial weights.",
        "Silent if the units part after the first looks, as zero-initialized branches and adapters do.",
    ),
    "gradient cut off": Chapter(
        "A part of the network never changes.",
        "`detach()`, `no_grad` or `.data` between it and the loss; weights of 0 or silent units behind it; a ReLU on "
        "logits.",
        "Take the cut away; if that part is not to train, say `requires_grad_(False)`.",
        "A gradient of 0 counts once three looks have it from the first on.",
    ),
    "not trained": Chapter(
        "A layer has a gradient and never changes.",
        "The optimizer does not have its parameters (made after it, or left out), or the learning rate is 0.",
        "Give the optimizer all parameters of the model.",
        "Information if the layer lies before all that train and the loss falls: then it may be meant.",
    ),
    "gradients not cleared": Chapter(
        "Steps get larger and larger, and the loss wanders or diverges.",
        "`optimizer.zero_grad()` is missing, so that each gradient holds those of all earlier batches. A dense "
        "layer's bias shows it exactly: its gradient cannot exceed the root of the number of rows times the "
        "gradient of the output.",
        "Call `optimizer.zero_grad()` before each `backward()`.",
        "Silent where gradients are accumulated on purpose: there some blocks have no step.",
    ),
    "softmax applied twice": Chapter(
        "The network learns, slowly, and the loss never goes below 1.46 (for ten classes).",
        "`nn.CrossEntropyLoss` applies log-softmax itself; a softmax before it leaves the loss a range of 1, which "
        "ends at ln(e + K - 1).",
        "Give the loss the logits.",
        "Silent for -log of a softmax written by hand, and for squared error on probabilities.",
    ),
    "forgotten log-softmax": Chapter(
        "The loss falls below 0 and on without end.",
        "`nll_loss` takes the negative of the number at the label; with logits that has no lower end.",
        "`nn.CrossEntropyLoss` on the logits, or `log_softmax` before `nll_loss`.",
        "Negative losses are usual in many trainings: the rule goes by the gradient of the answer, not by the sign.",
    ),
    "forgotten log": Chapter(
        "The loss levels off at -1.",
        "`nll_loss` was given probabilities: it is then minus the probability of the label.",
        "`nn.CrossEntropyLoss` on the logits, or `log_softmax` in place of `softmax`.",
        "As above.",
    ),
    "rising loss": Chapter(
        "The loss of a classifier rises from the first step on, with steps of a usual size.",
        "It is maximized: a wrong sign, or `maximize=True`.",
        "`loss.backward()` with the loss itself.",
        "Silent about losses that are no classifier's: a generator's or a policy's may rise.",
    ),
    "nothing learnt": Chapter(
        "The loss stays at what the best constant answer costs, although the weights have travelled far.",
        "The inputs do not tell the labels: shuffled against each other, or destroyed on their way.",
        "Look at ten inputs and their labels as the loop gets them.",
        "The weights must have moved by a third of their size, and fifty losses be known.",
    ),
    "shrinking weights": Chapter(
        "All weights get smaller and smaller, and the loss goes to what guessing costs.",
        "Weight decay outweighs the gradient.",
        "Lower weight_decay by a factor of 10 or more.",
        "Silent once three quarters of the loss are gone; weights may also shrink because they began too large.",
    ),
    "clipped away": Chapter(
        "Nothing moves, and the gradient before clipping is of a usual size.",
        "Clipping at a tiny norm leaves less than a thousandth of the gradient.",
        "Clip at about the usual norm, or not at all.",
        "Adam does not mind the scale: silent while the loss falls.",
    ),
    "unscaled input": Chapter(
        "The first loss is huge, units die or saturate at once, or only tiny learning rates work.",
        "Inputs far from 0 or much larger than 1, pixels of 0 to 255, say.",
        "Mean 0 and standard deviation 1 for each feature; pixels divided by 255.",
        "Information once the loss falls, which without a normalization must come to a quarter of what a constant "
        "answer costs; silent if a normalization or an embedding comes first.",
    ),
    "constant input": Chapter(
        "The loss stays at what the best constant answer costs.",
        "Every number that the model is given is the same: a transform or a loader loses the data.",
        "Print one batch as it comes out of the loader.",
        "Three looks must say it.",
    ),
    "batch norm in evaluation": Chapter(
        "The network hardly learns, or diverges, although nothing else is wrong.",
        "`model.train()` is missing: batch normalization uses running statistics that are not those of this data.",
        "`model.train()` before training.",
        "Information where the statistics fit, as in fine-tuning.",
    ),
    "too much dropout": Chapter(
        "The training loss stays high.",
        "More than four fifths of the units are dropped, so that hardly any signal is left.",
        "0.5 in hidden layers, 0.2 at the input.",
        "Information once half of the loss is gone.",
    ),
    "softmax over samples": Chapter(
        "Something is learnt, and far less than should be.",
        "A softmax over the samples of a batch, dim=0, says which sample belongs most to a class. What all samples "
        "share makes no difference then, and so the bias of the last layer gets no gradient.",
        "Say dim=1, or give CrossEntropyLoss the logits: it has the softmax in it.",
        "Silent behind a normalization, and of losses that do not begin as a cross entropy does.",
    ),
    "betas swapped": Chapter(
        "The loss falls, and then swings.",
        "Adam divides a mean of gradients by that of their squares. A mean that reaches farther back than its scale "
        "makes steps of any size.",
        "betas=(0.9, 0.999).",
        "Silent of optimizers that hide their settings.",
    ),
    "batch norm momentum": Chapter(
        "Training goes well, and evaluation does not.",
        "With a momentum of 0 the running statistics stay what they began as, with 1 they are those of the latest "
        "batch. Training does not use them, and evaluation does.",
        "Leave it at 0.1, or say None for a plain mean.",
        "",
    ),
    "bottleneck": Chapter(
        "The loss falls slowly, and stays high.",
        "All that later layers know of a sample is one number.",
        "A wider layer.",
        "Information once six tenths of the loss are gone.",
    ),
    "unscaled targets": Chapter(
        "The first loss of a regression is huge, and most of the run goes into the mean of the targets.",
        "Targets lie ten times as far away as the first answers vary, which usual steps take long to cross.",
        "Scale the targets, or let the last bias begin at their mean.",
        "Always information: with time or large steps it goes well.",
    ),
}
