"""What to try next with a watched model, by what is wrong with it."""

from torchdemos.log.answers import NowTry

GRADIENT_FLOW = "**torchdemos gradient-flow** shows such a network beside one whose gradient flows."
REMEDIES = {
    "vanishing gradient": (
        "nn.init.kaiming_normal_(layer.weight)  # and nn.ReLU()",
        f"The map above turns white from the loss up to the input. {GRADIENT_FLOW}",
    ),
    "exploding gradient": (
        "nn.init.xavier_normal_(layer.weight)  # or nn.LayerNorm between the layers",
        f"The red at the top of the map goes. {GRADIENT_FLOW}",
    ),
    "not finite": (
        "torch.autograd.set_detect_anomaly(True)",
        "PyTorch then stops at the operation that made the first NaN and names it. Training is slower meanwhile.",
    ),
    "diverged": (
        'for group in optimizer.param_groups: group["lr"] /= 10',
        "A loss that jumped away comes down. **torchdemos learning-rate** shows where the wall is, and why.",
    ),
    "saturated units": (
        "nn.init.xavier_normal_(layer.weight)  # and inputs of about unit size",
        "The share of saturated units in the list above falls, and gradients pass again.",
    ),
    "loss below its minimum": (
        "loss = nn.functional.cross_entropy(logits, labels)",
        "It takes logits and never falls below 0. **torchdemos loss** shows the floor of each common mistake.",
    ),
    "": (
        'watch(model, "logs/mine", detail="pictures")',
        "The view **Neurons** then shows every neuron of one sample, and the inputs and weights that make it.",
    ),
}


def of(kind: str) -> NowTry:
    """A line of code, and what comes of it; for "" what to look at in a sound model."""
    command, expect = REMEDIES.get(kind, REMEDIES[""])
    return {"command": command, "expect": expect}
