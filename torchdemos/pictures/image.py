"""The step between picture tensors and Pillow images: Pillow writes our text and saves our files."""

import numpy
import torch
from PIL import Image
from torch import Tensor

# The smallest box that TensorBoard's Time Series fits a picture into. It scales without smoothing, so a larger
# picture would lose whole lines: minus signs, for one.
CARD_WIDTH, CARD_HEIGHT = 300, 190


def to_image(picture: Tensor) -> Image.Image:
    """Turn a picture [3, H, W] in 0..1 into a Pillow image, ready for `.save("name.png")`."""
    levels = (picture.detach().cpu().clamp(0, 1) * 255).round().byte()
    return Image.fromarray(levels.permute(1, 2, 0).contiguous().numpy())


def from_image(image: Image.Image) -> Tensor:
    """Turn a Pillow image into a picture [3, H, W] in 0..1."""
    return torch.from_numpy(numpy.array(image.convert("RGB"))).permute(2, 0, 1).float() / 255
