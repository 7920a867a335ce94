"""The hooks of a block are removed when it ends, however it ends."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from torch.utils.hooks import RemovableHandle


@contextmanager
def removed_at_end() -> Iterator[list[RemovableHandle]]:
    """Give a list for handles of hooks, and remove what it holds at the end of the `with` block.

    A block that never ends, because an exception went past a step that was begun and not ended, removes them once
    nobody can end it any more. Python's garbage collector disables the handles' own references by then, if it finds the
    handles in the same garbage; so the finalizer holds them.
    """
    handles: list[RemovableHandle] = []
    block = _Block()
    remove = weakref.finalize(block, _remove, handles)
    remove.atexit = False
    try:
        yield handles
    finally:
        remove()


class _Block:
    """It is gone when the frame that made it is."""


def _remove(handles: list[RemovableHandle]) -> None:
    while handles:
        handles[-1].remove()
        handles.pop()
