"""The pictures of gradient flow: by layer, and layers x steps."""

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from torchdemos import pictures

Profiles = Mapping[int, Sequence[float]]  # step -> log10 gradient norm of every layer
Range = tuple[float, float]
STYLES: dict[str, pictures.Style] = {
    "mean-field theory": "wide",
    "product of factors": "line",
    "measured by hooks": "dots",
}


def log10(norm: float) -> float:
    """-inf for a gradient that is exactly 0, NaN for one that is not a number."""
    return math.log10(norm) if norm > 0 else -math.inf if norm == 0 else math.nan


def decades(logs: Iterable[float]) -> Range:
    """Whole decades around everything that is finite: one range makes pictures comparable."""
    finite = [log for log in logs if math.isfinite(log)] or [0.0]
    low = math.floor(min(finite))
    return low, max(math.ceil(max(finite)), low + 1)


def by_layer(name: str, curves: Mapping[str, Sequence[float]], limits: Range) -> Tensor:
    """Theory, product and measurement, one point a layer."""
    series = [(title, range(1, len(curve) + 1), curve, STYLES[title]) for title, curve in curves.items()]
    title, x_label = f"{name}: log10 gradient norm", "layer, from input to loss"
    return pictures.lines(series, title, x_label, y_limits=limits)


def layers_x_steps(name: str, profiles: Profiles, limits: Range) -> Tensor:
    """Rows are layers, the input at the top; columns are the looks so far."""
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


def side_by_side(networks: Mapping[str, Profiles], limits: Range) -> Tensor:
    """All networks in one card: the same heatmaps, narrow."""
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
