"""Depth is a path: which layers lie behind one another, from the input to the loss."""

from collections.abc import Mapping, Sequence

from torchdemos.diagnosis.history import History


def paths(history: History) -> list[list[str]]:
    """The longest way through the layers to each layer that feeds no other, longest first.

    Where nobody knows what feeds what, all layers with a gradient are one way, in call order. Further calls of a layer
    are no further depth.
    """
    layers = [layer for layer in history.gradients if "#" not in layer]
    if not history.fed_by:
        return [layers] if layers else []
    feeders = {layer: [f for f in history.fed_by.get(layer, ()) if f in layers] for layer in layers}
    fed = {feeder for own in feeders.values() for feeder in own}
    ends = [layer for layer in layers if layer not in fed and layer in history.fed_by]
    longest: dict[str, list[str]] = {}
    for layer in layers:  # feeders come before what they feed, so theirs are known
        ways = [longest[feeder] for feeder in feeders[layer] if feeder in longest]
        longest[layer] = [*max(ways, key=len, default=[]), layer]
    return sorted((longest[end] for end in ends), key=len, reverse=True)


def before(path: Sequence[str], layer: str) -> Sequence[str]:
    """The layers of a path that come before a layer."""
    return path[: path.index(layer)] if layer in path else ()


def activation_after(layer: str, kinds: Mapping[str, str]) -> str:
    """The kind of the first layer without parameters that is called after a layer, as in `Sigmoid`; or empty."""
    names = list(kinds)
    following = names[names.index(layer) + 1 :] if layer in names else []
    return next((kinds[name] for name in following if kinds[name] in ACTIVATIONS), "")


ACTIVATIONS = (
    "ReLU", "LeakyReLU", "PReLU", "ReLU6", "GELU", "SiLU", "ELU", "SELU", "CELU", "Mish", "Softplus", "Hardswish",
    "Sigmoid", "Tanh", "Hardtanh", "Hardsigmoid", "LogSigmoid", "Softsign",
)  # fmt: skip
