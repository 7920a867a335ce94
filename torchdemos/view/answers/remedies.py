"""What to try next with a watched model, by what is wrong with it."""

from torchdemos.log.answers import NowTry

GRADIENT_FLOW = "**torchdemos gradient-flow** shows such a network beside one whose gradient flows."
STARTS = "**torchdemos initialization** shows what each start does to signals and gradients."
EDGE = "**torchdemos learning-rate** shows where the wall is, and why."
CODINGS = "**torchdemos loss** shows what each wrongly coded loss costs."
SMALLER = 'for group in optimizer.param_groups: group["lr"] /= 10'
LARGER = 'for group in optimizer.param_groups: group["lr"] *= 10'
HE = "nn.init.kaiming_normal_(layer.weight)  # and nn.ReLU()"
XAVIER = "nn.init.xavier_normal_(layer.weight)  # or nn.LayerNorm between the layers"
CROSS_ENTROPY = "loss = nn.functional.cross_entropy(logits, labels)"
REMEDIES = {
    "vanishing gradient": (HE, f"The map above turns white from the loss up to the input. {GRADIENT_FLOW}"),
    "exploding gradient": (XAVIER, f"The red at the top of the map goes. {GRADIENT_FLOW}"),
    "exploding signal": (XAVIER, f"The first loss comes down to what guessing costs. {STARTS}"),
    "equal units": (HE, f"Every unit learns something of its own. {STARTS}"),
    "not finite": (
        "torch.autograd.set_detect_anomaly(True)",
        "PyTorch then stops at the operation that made the first NaN and names it. Training is slower meanwhile.",
    ),
    "learning rate too large": (SMALLER, f"A loss that jumped away comes down. {EDGE}"),
    "learning rate too small": (LARGER, f"The loss begins to fall. {EDGE}"),
    "dead units": (SMALLER, "Fewer units are silent for good, as the list above says."),
    "saturated units": (
        "nn.init.xavier_normal_(layer.weight)  # and inputs of about unit size",
        "The share of saturated units in the list above falls, and gradients pass again.",
    ),
    "gradient cut off": (
        "print([name for name, p in model.named_parameters() if p.grad is None])",
        "It names the parameters in front of the cut: the detach() lies right behind the last of them.",
    ),
    "not trained": ("optimizer = torch.optim.SGD(model.parameters(), lr=0.1)", "Every layer's weights change."),
    "gradients not cleared": (
        "optimizer.zero_grad()  # before loss.backward()",
        "Steps get calmer, and the loss lower.",
    ),
    "softmax applied twice": (CROSS_ENTROPY, f"Without the softmax before it, the loss can reach 0. {CODINGS}"),
    "forgotten log-softmax": (CROSS_ENTROPY, f"It takes logits and never falls below 0. {CODINGS}"),
    "forgotten log": (CROSS_ENTROPY, f"It takes logits and never falls below 0. {CODINGS}"),
    "loss below its minimum": (CROSS_ENTROPY, f"It takes logits and never falls below 0. {CODINGS}"),
    "rising loss": ("loss.backward()  # not (-loss).backward()", "The loss falls."),
    "shrinking weights": (
        "optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)",
        "Weights keep their size.",
    ),
    "clipped away": ("nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "Steps are no longer almost nothing."),
    "unscaled input": (
        "inputs = (inputs - mean) / std  # pixels: inputs / 255",
        "The first layer answers in numbers near 1.",
    ),
    "constant input": ("print(next(iter(loader))[0])", "It shows what the model is really given."),
    "batch norm in evaluation": ("model.train()", "The layer normalizes each batch by its own statistics."),
    "too much dropout": ("nn.Dropout(0.5)", "More of the signal arrives, and the loss falls."),
    "nothing learnt": ("print(*zip(inputs[:10], labels[:10]))", "It shows whether labels belong to their inputs."),
    "": (
        'watch(model, "logs/mine", detail="pictures")',
        "The view **Neurons** then shows every neuron of one sample, and the inputs and weights that make it.",
    ),
}


def of(kind: str) -> NowTry:
    """A line of code, and what comes of it; for "" what to look at in a sound model."""
    command, expect = REMEDIES.get(kind, REMEDIES[""])
    return {"command": command, "expect": expect}
