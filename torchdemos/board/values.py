"""Plain numbers and tensors as the protobuf values that TensorBoard reads."""

import io
from collections.abc import Sequence

from PIL import Image
from tensorboard.compat.proto.histogram_pb2 import HistogramProto
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from torch import Tensor

Value = Summary.Value


def scalar(tag: str, value: float) -> Value:
    """One number (float32 on disk; NaN and inf are kept)."""
    return Value(tag=tag, simple_value=value)


def histogram(tag: str, counts: Sequence[float], edges: Sequence[float]) -> Value:
    """Counts [n] between edges [n + 1]. Counts may be any finite weights that are not negative."""
    middles = [(a + b) / 2 for a, b in zip(edges, edges[1:], strict=False)]
    proto = HistogramProto(
        min=edges[0],
        max=edges[-1],
        num=sum(counts),
        sum=sum(c * m for c, m in zip(counts, middles, strict=True)),
        sum_squares=sum(c * m * m for c, m in zip(counts, middles, strict=True)),
        bucket_limit=edges[1:],
        bucket=counts,
    )
    return Value(tag=tag, histo=proto)


def picture(tag: str, image: Tensor) -> Value:
    """A picture [3, H, W] with values from 0 to 1, as PNG."""
    pixels = (image.detach().cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, format="PNG", optimize=True)
    height, width = pixels.shape[:2]
    return Value(tag=tag, image=Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=png.getvalue()))


def text(tag: str, markdown: str) -> Value:
    """A page of Markdown for the Text tab."""
    return string(f"{tag}/text_summary", markdown.encode(), plugin="text")


def string(tag: str, content: bytes, plugin: str) -> Value:
    """A string tensor for the plugin of that name."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    return Value(tag=tag, metadata=metadata, tensor=TensorProto(dtype=DT_STRING, string_val=[content]))
