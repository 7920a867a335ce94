"""What PyTorch is doing while a hook runs: a transformation, a backward pass, work under modes of the user's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

T = TypeVar("T")
NO_MODES = nullcontext()
NO_PASS = -1


def outside_modes() -> AbstractContextManager[None]:
    """Hide our operations from the user's modes: selective checkpointing would store them among the model's."""
    if torch._C._len_torch_dispatch_stack() or torch._C._len_torch_function_stack():
        return _modes_disabled()
    return NO_MODES


@contextmanager
def _modes_disabled() -> Iterator[None]:
    with _disable_current_modes(), torch._C.DisableTorchFunction():
        yield


def without_graph(call: Callable[[Tensor], T], tensor: Tensor) -> T:
    """Call something that builds no graph. Ctrl-C can come before `torch.no_grad` has switched gradients on again."""
    enabled = torch.is_grad_enabled()
    try:
        torch._C._set_grad_enabled(False)
        return call(tensor)
    finally:
        torch._C._set_grad_enabled(enabled)


def inside_transform() -> bool:
    """Whether `vmap` or another transformation runs: there one tensor stands for many and has no values to keep."""
    return torch._C._functorch.peek_interpreter_stack() is not None


def inside_backward() -> bool:
    """Whether a backward pass runs: a forward call in it is activation checkpointing's and repeats an earlier one."""
    return backward_pass() != NO_PASS


def backward_pass() -> int:
    """The number of the backward pass that runs, or NO_PASS."""
    return torch._C._current_graph_task_id()


def keeps_graph() -> bool:
    """Whether the backward pass that runs keeps its graph, so that another can follow it through the same outputs."""
    return bool(torch._C._autograd._get_current_graph_task_keep_graph())


def at_end_of_backward(call: Callable[[], None]) -> None:
    """Have the backward pass that runs call something once it is done."""
    torch.autograd.Variable._execution_engine.queue_callback(call)
