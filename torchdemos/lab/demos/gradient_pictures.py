"""The figures of gradient flow: gradients by layer, and by layer and step."""

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.result import Figure

Profiles = Mapping[int, Sequence[float]]  # step -> log10 gradient norm of every layer
Range = tuple[float, float]
HEATMAP = Figure(
    "1_gradient_layers_x_steps",
    title="Layers x steps",
    caption="each network large, in one colour range",
    about="Gradient norm of every layer at every look, in one colour range for all networks: yellow is "
    "large, dark is small. Healthy: one colour.",
)
CHAIN_RULE = Figure(
    "2_chain_rule",
    title="The chain rule",
    caption="one factor a layer and their product: by theory, by hand, by the hooks",
    about="Gradient norm of every layer before training: as theory predicts it, as the product of one factor a "
    "layer by hand, and as the hooks measured it.",
)
STYLES: dict[str, pictures.Style] = {
    "mean-field theory": "wide",
    "product of factors": "line",
    "measured by hooks": "dots",
}


def log10(norm: float) -> float:
    """log10 of a norm: -inf if it is exactly 0, NaN if it is not a number."""
    return math.log10(norm) if norm > 0 else -math.inf if norm == 0 else math.nan


def whole_decades(logs: Iterable[float]) -> Range:
    """The whole decades around all finite numbers: one range makes pictures comparable."""
    finite = [log for log in logs if math.isfinite(log)] or [0.0]
    low = math.floor(min(finite))
    return low, max(math.ceil(max(finite)), low + 1)


def draw_by_layer(name: str, curves: Mapping[str, Sequence[float]], limits: Range) -> Tensor:
    """Draw theory, product and measurement, a point for each layer."""
    series = [(title, range(1, len(curve) + 1), curve, STYLES[title]) for title, curve in curves.items()]
    title, x_label = f"{name}: log10 gradient norm", "layer, from input to loss"
    return pictures.lines(series, title, x_label, y_limits=limits)


def draw_heatmap(name: str, profiles: Profiles, limits: Range) -> Tensor:
    """Draw a row for each layer, the input at the top, and a column for each look so far."""
    matrix = torch.tensor(list(profiles.values())).T
    return pictures.heatmap(
        matrix,
        *limits,
        title=f"{name}: log10 gradient norm",
        x_label="training step",
        y_label="layer",
        x_ticks=list(profiles),
        y_ticks=range(1, len(matrix) + 1),
        width=pictures.CARD_WIDTH,
        height=84,
    )


def draw_heatmaps(networks: Mapping[str, Profiles], limits: Range) -> Tensor:
    """Draw the same heatmaps of all networks, narrow, in one card."""
    parts = []
    for name, profiles in networks.items():
        matrix = torch.tensor(list(profiles.values())).T
        heatmap = pictures.heatmap(
            matrix,
            *limits,
            title=name,
            x_label=f"step 0 to {max(profiles)}",
            x_ticks=[""] * len(profiles),
            y_ticks=range(1, len(matrix) + 1),
            width=pictures.CARD_WIDTH // len(networks) - 8,
            height=84,
        )
        parts.append(heatmap)
    title = "log10 gradient norm, layers from the input down"
    return pictures.caption(pictures.beside(parts, gap=12), title, width=pictures.CARD_WIDTH)
