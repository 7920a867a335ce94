"""Plain numbers and tensors as the protobuf values that TensorBoard reads."""

import io
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tensorboard.compat.proto.summary_pb2 import (
    DATA_CLASS_BLOB_SEQUENCE,
    DATA_CLASS_SCALAR,
    DATA_CLASS_TENSOR,
    Summary,
    SummaryMetadata,
)
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from torch import Tensor

from torchdemos.board import wire
from torchdemos.log.plugin import PLUGIN

Value: TypeAlias = Summary.Value
PLUGIN_AND_CLASS = {  # by the kind of a value
    "simple_value": ("scalars", DATA_CLASS_SCALAR),
    "histo": ("histograms", DATA_CLASS_TENSOR),
    "image": ("images", DATA_CLASS_BLOB_SEQUENCE),
    "tensor": ("", DATA_CLASS_TENSOR),
}


def scalar(tag: str, value: float) -> Value:
    """One number, float32 on disk; NaN and inf are kept."""
    return Value(tag=tag, simple_value=value)


def histogram(tag: str, counts: Sequence[float], edges: Sequence[float]) -> Value:
    """Counts [n] between edges [n + 1]. Counts are any finite numbers from 0 up."""
    return Value.FromString(wire.histogram(tag, counts, edges))


def picture(tag: str, colours: Tensor) -> Value:
    """A picture [3, H, W] with values from 0 to 1, as PNG. Raises `ValueError` for another shape."""
    if colours.dim() != 3 or len(colours) != 3:
        raise ValueError(f"a picture has shape [3, height, width]; {tag!r} got {list(colours.shape)}")
    pixels = (colours.detach().cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    height, width = pixels.shape[:2]
    image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=_png(pixels))
    return Value(tag=tag, image=image)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture of up to 256 colours takes one byte a pixel: a third of the size, without loss."""
    colours, indices = np.unique(pixels.reshape(-1, 3) @ [1 << 16, 1 << 8, 1], return_inverse=True)
    image = Image.fromarray(pixels)
    if len(colours) <= 256:
        image = Image.fromarray(indices.reshape(pixels.shape[:2]).astype(np.uint8), mode="P")
        image.putpalette(colours.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes())
    png = io.BytesIO()
    image.save(png, format="PNG", optimize=True)
    return png.getvalue()


def text(tag: str, markdown: str) -> Value:
    """A page of Markdown for the Text tab."""
    return string(f"{tag}/text_summary", markdown.encode(errors="backslashreplace"), plugin="text")


def string(tag: str, content: bytes, plugin: str) -> Value:
    """A string tensor for the plugin of that name."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    return Value(tag=tag, metadata=metadata, tensor=TensorProto(dtype=DT_STRING, string_val=[content]))


def blobs(tag: str, contents: Sequence[bytes]) -> Value:
    """Byte strings for the Neurons tab, which fetches each of them separately."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN))
    metadata.data_class = DATA_CLASS_BLOB_SEQUENCE
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=len(contents))])
    return Value(
        tag=tag, metadata=metadata, tensor=TensorProto(dtype=DT_STRING, tensor_shape=shape, string_val=contents)
    )


def describe(value: Value, description: str) -> None:
    """Say what the value's tag means. TensorBoard's default loader drops this unless plugin and data class are set."""
    plugin, data_class = PLUGIN_AND_CLASS[value.WhichOneof("value")]
    value.metadata.plugin_data.plugin_name = value.metadata.plugin_data.plugin_name or plugin
    value.metadata.data_class = value.metadata.data_class or data_class
    value.metadata.summary_description = description.encode(errors="backslashreplace")
