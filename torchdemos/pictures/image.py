"""Picture tensors to Pillow images and back: Pillow writes text and saves files."""

import numpy
import torch
from PIL import Image
from torch import Tensor

# The smallest box into which TensorBoard's Time Series tab fits a picture. It scales without smoothing, so a larger
# picture would lose whole rows of pixels, and with them its minus signs.
CARD_WIDTH, CARD_HEIGHT = 300, 190


def to_image(picture: Tensor) -> Image.Image:
    """Turn a picture [3, H, W] in 0..1 into a Pillow image, ready for `.save("name.png")`."""
    levels = (picture.detach().cpu().clamp(0, 1) * 255).round().byte()
    return Image.fromarray(levels.permute(1, 2, 0).contiguous().numpy())


def from_image(image: Image.Image) -> Tensor:
    """Turn a Pillow image into a picture [3, H, W] in 0..1."""
    return torch.from_numpy(numpy.array(image.convert("RGB"))).permute(2, 0, 1).float() / 255
