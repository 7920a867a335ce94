"""The tensors inside whatever a module returns."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

DEEPEST, LONGEST = 100, 60  # levels of a nested output, letters of a key in it


def tensors(output: Any) -> list[tuple[str, Tensor]]:
    """Every tensor inside a nested output, with the path to it as Python would write it: `[0]`, `['logits']`, `.h`.

    Mappings, tuples, named tuples and lists are walked, other objects left alone; one that contains
    itself is walked once. Nothing that cannot be walked raises: it gives nothing.
    """
    if isinstance(output, Tensor):
        return [("", output)]
    try:
        return list(_walk(output))
    except Exception:  # a container of the user's that cannot be walked must not end the training
        return []


def _walk(output: Any, place: str = "", inside: tuple[int, ...] = ()) -> Iterator[tuple[str, Tensor]]:
    if isinstance(output, Tensor):
        yield place, output
    elif id(output) not in inside and len(inside) < DEEPEST:
        for step, value in _items(output):
            yield from _walk(value, place + step, (*inside, id(output)))


def _items(output: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(output, Mapping):
        yield from ((f"[{repr(key)[:LONGEST]}]", value) for key, value in output.items())
    elif isinstance(output, tuple) and hasattr(output, "_fields"):
        yield from ((f".{field}", getattr(output, field)) for field in output._fields)
    elif isinstance(output, (tuple, list)):
        yield from ((f"[{index}]", value) for index, value in enumerate(output))
