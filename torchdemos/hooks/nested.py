"""The tensors inside whatever a module returns."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

MAX_DEPTH = 100  # levels of a nested output that are walked
MAX_KEY_LENGTH = 60  # characters of a mapping's key that are kept


def nested_tensors(output: Any) -> list[tuple[str, Tensor]]:
    """List every tensor inside a nested output, with the path to it as Python writes it: `[0]`, `['logits']`, `.h`.

    Mappings, tuples, named tuples and lists are walked, other objects are left alone. An object that
    contains itself is walked once. An output that cannot be walked gives an empty list, never an error.
    """
    if isinstance(output, Tensor):
        return [("", output)]
    try:
        return list(_walk(output))
    except Exception:  # a container of the user's that raises must not end the training
        return []


def first_tensor(values: Any) -> Tensor | None:
    """The first tensor inside whatever a module was given; None if there is none."""
    if isinstance(values, tuple) and values and isinstance(values[0], Tensor):
        return values[0]
    return next((tensor for _, tensor in nested_tensors(values)), None)


def _walk(output: Any, path: str = "", ancestors: tuple[int, ...] = ()) -> Iterator[tuple[str, Tensor]]:
    if isinstance(output, Tensor):
        yield path, output
    elif id(output) not in ancestors and len(ancestors) < MAX_DEPTH:
        for step, value in _items(output):
            yield from _walk(value, path + step, (*ancestors, id(output)))


def _items(output: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(output, Mapping):
        yield from ((f"[{repr(key)[:MAX_KEY_LENGTH]}]", value) for key, value in output.items())
    elif isinstance(output, tuple) and hasattr(output, "_fields"):
        yield from ((f".{field}", getattr(output, field)) for field in output._fields)
    elif isinstance(output, (tuple, list)):
        yield from ((f"[{index}]", value) for index, value in enumerate(output))
