"""What a value of an event is: a scalar, a picture, a text, a snapshot or a page, whichever program wrote it."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torchdemos.log import answers
from torchdemos.log.plugin import PLUGIN
from torchdemos.view import keys
from torchdemos.view.fields import fields, parts, signed, varint

NUMBER_TYPES = {1: (5, "f"), 2: (6, "d"), 3: (7, "i"), 9: (10, "q")}  # by dtype: number of the field, code of `struct`
FRACTIONS = "fd"  # of these codes; the others are of whole numbers
TEXT_SUFFIX = "/text_summary"  # PyTorch and torchdemos append it to the tag of a text
SCALARS, PICTURES, TEXTS, NEURONS, ANSWERS = "scalars", "pictures", "texts", "neurons", "answers"


class Found(NamedTuple):
    """A value: one of the kinds above, its tag, what it holds, and what its writer says of the tag."""

    kind: str
    tag: str
    content: Any
    description: str = ""


def found(value: bytes) -> Found | None:
    """What a value is; None for other kinds, such as histograms. Raises `ValueError` for what is none."""
    of = parts(value)
    tag, metadata = _words(of, keys.TAG), parts(of.get(keys.METADATA, b""))
    description = _words(metadata, keys.DESCRIPTION)
    if keys.NUMBER in of:
        return Found(SCALARS, tag, struct.unpack("<f", of[keys.NUMBER])[0], description)
    if keys.IMAGE in of:
        return Found(PICTURES, tag, parts(of[keys.IMAGE]).get(keys.PNG, b""), description)
    if keys.TENSOR not in of:
        return None
    plugin = _words(parts(metadata.get(keys.PLUGIN_DATA, b"")), keys.PLUGIN_NAME)
    found = _of_tensor([*fields(of[keys.TENSOR])], tag, plugin)
    return found and found._replace(description=description)


def _words(of: Mapping[int, Any], key: int) -> str:
    return str(of.get(key, b""), "utf-8")


def _of_tensor(tensor: Sequence[tuple[int, Any]], tag: str, plugin: str) -> Found | None:
    """Other writers put scalars and pictures into tensors too; the plugin's name tells which it is."""
    strings = [content for key, content in tensor if key == keys.STRING]
    if plugin == PLUGIN and tag == answers.TAG and strings:
        page = answers.unpack(strings[0])
        return Found(ANSWERS, tag, page) if page else None
    if plugin == PLUGIN and strings:
        return Found(NEURONS, tag, strings)
    if plugin == "images" and len(strings) > 2:  # width, height, then the samples
        return Found(PICTURES, tag, strings[2])
    if (plugin == "text" or tag.endswith(TEXT_SUFFIX)) and strings:
        return Found(TEXTS, tag.removesuffix(TEXT_SUFFIX), strings[0].decode(errors="replace"))
    number = _number(tensor)
    return None if number is None else Found(SCALARS, tag, number)


def _number(tensor: Sequence[tuple[int, Any]]) -> float | None:
    """The number in a tensor; None if it holds something else or not exactly one."""
    of = dict(tensor)
    if of.get(keys.DTYPE) not in NUMBER_TYPES:
        return None
    field, code = NUMBER_TYPES[of[keys.DTYPE]]
    if (found := _packed(of.get(keys.CONTENT, b""), code)) is not None:
        return found
    contents = [content for key, content in tensor if key >> 3 == field and content != b""]
    return _one(contents[0], code) if len(contents) == 1 else None


def _one(content: int | bytes, code: str) -> float | None:
    """The number in a field of numbers; None if there are several."""
    if isinstance(content, int):
        return float(signed(content))
    if code in FRACTIONS:
        return _packed(content, code)
    number, end = varint(content, 0)
    return float(signed(number)) if end == len(content) else None


def _packed(content: bytes, code: str) -> float | None:
    """The number in bytes; None unless they are as many as one has."""
    return float(struct.unpack(f"<{code}", content)[0]) if len(content) == struct.calcsize(f"<{code}") else None
