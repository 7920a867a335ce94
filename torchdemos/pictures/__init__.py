"""Tensors in, pictures out: every picture is a float tensor [3, H, W] in 0..1 on the CPU."""

from .charts import Series, Style, lines
from .colour import full_scale, sequential, signed
from .composites import layers_as_pixels, samples_by_layer
from .heatmaps import heatmap
from .image import CARD_HEIGHT, CARD_WIDTH, from_image, to_image
from .keys import signed_key
from .neurons import pixels, units
from .product import weighted_sum
from .text import caption
from .tiles import beside, centre, enlarge, frame, grid, stack

__all__ = [
    "CARD_HEIGHT",
    "CARD_WIDTH",
    "Series",
    "Style",
    "beside",
    "caption",
    "centre",
    "enlarge",
    "frame",
    "from_image",
    "full_scale",
    "grid",
    "heatmap",
    "layers_as_pixels",
    "lines",
    "pixels",
    "samples_by_layer",
    "sequential",
    "signed",
    "signed_key",
    "stack",
    "to_image",
    "units",
    "weighted_sum",
]
