"""Tensors in, pictures out: every picture is a float tensor [3, H, W] in 0..1 on the CPU."""

from .colour import full_scale, sequential, signed
from .composites import layers_as_pixels, samples_by_layer
from .image import from_image, to_image
from .neurons import pixels, units
from .text import caption
from .tiles import beside, centre, enlarge, frame, grid, stack
