"""Where a hook finds itself: in a transformation, in a repeated pass, under modes of the user's."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch.utils._python_dispatch import _disable_current_modes

NO_MODES = nullcontext()


def private() -> AbstractContextManager[None]:
    """Out of sight of the user's modes: selective checkpointing would store our operations among the model's."""
    if torch._C._len_torch_dispatch_stack() or torch._C._len_torch_function_stack():
        return _unseen()
    return NO_MODES


@contextmanager
def _unseen() -> Iterator[None]:
    with _disable_current_modes(), torch._C.DisableTorchFunction():
        yield


def transforming() -> bool:
    """Inside `vmap` and the like a tensor stands for many and has no values of its own to keep."""
    return torch._C._functorch.peek_interpreter_stack() is not None


def recomputing() -> bool:
    """Inside a backward pass a forward call is activation checkpointing's, repeating an earlier one."""
    return torch._C._current_graph_task_id() != -1
