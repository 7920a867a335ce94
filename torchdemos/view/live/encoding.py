"""JSON as a live page reads it: bytes as base64, and numbers that are not finite by their names."""

import json
import math
from base64 import b64encode
from collections.abc import Mapping
from typing import Any


def encoded(content: Any) -> str:
    """The content as JSON; arrays and tensors become lists, and what JSON does not know becomes words."""
    try:
        return json.dumps(content, separators=(",", ":"), allow_nan=False, default=_known)
    except ValueError:  # a number that is not finite
        return json.dumps(_spelt(content), separators=(",", ":"), allow_nan=False)


def decoded(body: bytes) -> Any:
    """What a page has sent. Raises `ValueError` in a sentence."""
    try:
        return json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except _NotFinite:
        raise
    except RecursionError as error:
        raise ValueError("this is nested without end") from error
    except ValueError as error:
        raise ValueError("this is no JSON") from error


class _NotFinite(ValueError):
    """A number that JSON can say and a training cannot use."""


def _known(content: Any) -> Any:
    if isinstance(content, (bytes, bytearray, memoryview)):
        return b64encode(content).decode()
    return content.tolist() if hasattr(content, "tolist") else str(content)


def _spelt(content: Any) -> Any:
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else _name(content)
    if isinstance(content, Mapping):
        return {str(key): _spelt(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_spelt(value) for value in content]
    return content if isinstance(content, (str, int)) or content is None else _spelt(_known(content))


def _name(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _refuse(name: str) -> float:
    raise _NotFinite(f"{name} is no number that a training can use")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text[:20])
