"""What a rank captured, as bytes: JSON, and arrays in NumPy's format. Reading them runs nothing that they say."""

import io
import json
from typing import Any

import numpy as np
import torch
from torch import Tensor

from torchdemos.stats import Histogram
from torchdemos.watching.capture import Capture
from torchdemos.watching.outputs import OutputStatistics
from torchdemos.watching.parameters import NamedNorms, ParameterStatistics

KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Capture, Histogram, NamedNorms, OutputStatistics, ParameterStatistics)
}
WITHOUT_NUMPY = (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)


def packed(value: Any) -> bytes:
    """The bytes of a value that is made of the `KINDS`, containers, tensors, arrays, numbers and strings."""
    arrays: list[Any] = []
    words = json.dumps(_plain(value, arrays)).encode()
    buffer = io.BytesIO()
    np.savez(buffer, np.frombuffer(words, np.uint8), *arrays)
    return buffer.getvalue()


def unpacked(found: bytes) -> Any:
    """The value again; a tensor is on the CPU, and one of a type that NumPy lacks is of float32.

    Raises `ValueError` and `LookupError` for what `packed` never makes.
    """
    with np.load(io.BytesIO(found), allow_pickle=False) as arrays:
        return _value(json.loads(arrays["arr_0"].tobytes()), arrays)


def _plain(value: Any, arrays: list[Any]) -> Any:
    """The value in JSON's words, where an array stands as the number under which it is stored."""
    if isinstance(value, Tensor):
        found = value.detach().cpu()
        arrays.append((found.float() if found.dtype in WITHOUT_NUMPY else found).numpy())
        return {"tensor": len(arrays)}
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays)}
    if isinstance(value, dict):
        return {"dict": [[name, _plain(own, arrays)] for name, own in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = type(value).__name__
        return {kind if kind in KINDS or kind == "tuple" else "list": [_plain(own, arrays) for own in value]}
    return value


def _value(plain: Any, arrays: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((kind, inside),) = plain.items()
    if kind in ("tensor", "array"):
        found = arrays[f"arr_{inside}"]
        return torch.from_numpy(found) if kind == "tensor" else found
    if kind == "dict":
        return {name: _value(own, arrays) for name, own in inside}
    values = [_value(own, arrays) for own in inside]
    return values if kind == "list" else tuple(values) if kind == "tuple" else KINDS[kind](*values)
