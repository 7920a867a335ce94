"""JSON that a page can hold, whatever a program or a file has put into it."""

import json
import math
from collections.abc import Mapping
from typing import Any

MOST_NESTED = 40  # lists and objects within one another; a page has eight


def plain(content: Any, nested: int = MOST_NESTED) -> Any:
    """The same content with null for numbers that are not finite, and for what is nested too deep to be meant."""
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if not isinstance(content, (Mapping, list, tuple)):
        return content
    if not nested:
        return None
    if isinstance(content, Mapping):
        return {str(key): plain(value, nested - 1) for key, value in content.items()}
    return [plain(value, nested - 1) for value in content]


def packed(content: Any) -> str:
    """The content as JSON text; what JSON cannot hold becomes null."""
    try:
        return json.dumps(content, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):
        return json.dumps(plain(content), separators=(",", ":"), allow_nan=False)


def unpacked(text: str | bytes) -> Any:
    """What a text of JSON holds. Raises `ValueError` for any other text, and for one that is nested without end."""
    try:
        return plain(json.loads(text))
    except RecursionError as error:
        raise ValueError("lists within lists without end") from error
