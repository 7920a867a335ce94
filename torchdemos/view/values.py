"""What a value of an event is: a scalar, a picture, a text, a snapshot or a page, whichever program wrote it."""

import struct
from typing import Any, NamedTuple

from torchdemos.log import answers
from torchdemos.log.plugin import PLUGIN

TEXT_SUFFIX = "/text_summary"  # PyTorch and torchdemos append it to the tag of a text
NUMBER_TYPES = {  # by tensorboard.compat.proto.types_pb2.DataType: field of the tensor, code of `struct`, bytes
    1: ("float_val", "f", 4),
    2: ("double_val", "d", 8),
    3: ("int_val", "i", 4),
    9: ("int64_val", "q", 8),
}
SCALARS, PICTURES, TEXTS, NEURONS, ANSWERS = "scalars", "pictures", "texts", "neurons", "answers"


class Found(NamedTuple):
    """A value: one of the kinds above, its tag, and what it holds."""

    kind: str
    tag: str
    content: Any


def found(value: Any) -> Found | None:
    """What a `Summary.Value` is that is no plain scalar; None for the rest, such as histograms."""
    kind = value.WhichOneof("value")
    if kind == "image":
        return Found(PICTURES, value.tag, value.image.encoded_image_string)
    return _of_tensor(value) if kind == "tensor" else None


def _of_tensor(value: Any) -> Found | None:
    """Other writers put scalars and pictures into tensors too; the plugin's name tells which it is."""
    plugin, strings, tag = value.metadata.plugin_data.plugin_name, list(value.tensor.string_val), value.tag
    if plugin == PLUGIN and tag == answers.TAG and strings:
        page = answers.unpack(strings[0])
        return Found(ANSWERS, tag, page) if page else None
    if plugin == PLUGIN and strings:
        return Found(NEURONS, tag, strings)
    if plugin == "images" and len(strings) > 2:  # width, height, then the samples
        return Found(PICTURES, tag, strings[2])
    if (plugin == "text" or tag.endswith(TEXT_SUFFIX)) and strings:
        return Found(TEXTS, tag.removesuffix(TEXT_SUFFIX), strings[0].decode(errors="replace"))
    number = _number(value.tensor)
    return None if number is None else Found(SCALARS, tag, number)


def _number(tensor: Any) -> float | None:
    """The number in a tensor; None if it holds something else or not exactly one."""
    if tensor.dtype not in NUMBER_TYPES:
        return None
    name, code, size = NUMBER_TYPES[tensor.dtype]
    if len(tensor.tensor_content) == size:
        return float(struct.unpack(f"<{code}", tensor.tensor_content)[0])
    values = getattr(tensor, name)
    return float(values[0]) if len(values) == 1 else None
