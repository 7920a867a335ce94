"""Whatever interrupts a block, and wherever, no hook of it stays on the model."""

import linecache
import signal
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
import torch
from small import digits, small
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import optimizer as optim

from torchdemos import record, watch
from torchdemos.hooks.removal import Hooks, removed_at_end

WATCHING = tuple(f"/torchdemos/watching/{name}.py" for name in ("steps", "observer", "capture"))
PLACES = ("/torchdemos/hooks/", *WATCHING, "/contextlib.py")


def left(model: nn.Module) -> list[Any]:
    """All hooks that are on a model, its parameters and all optimizers."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called")
    found = [getattr(module, kind) for module in model.modules() for kind in kinds]
    found += [parameter._backward_hooks or {} for parameter in model.parameters()]
    found += [optim._global_optimizer_pre_hooks, optim._global_optimizer_post_hooks]
    return [hook for hooks in found for hook in hooks.values()]


class Interrupting:
    """Raises `KeyboardInterrupt` before the given line, counted over those that a block runs in `PLACES`."""

    def __init__(self, line: int) -> None:
        self.line, self.lines, self.raised = line, 0, False

    def __call__(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        seen = any(place in frame.f_code.co_filename for place in PLACES)
        return self.trace if seen and not is_finalizer(frame) else None

    def trace(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        self.lines += event == "line"
        if event == "line" and self.lines == self.line and not is_nop(frame):
            self.raised = True
            raise KeyboardInterrupt
        return self.trace

    def run(self, block: Callable[[nn.Module], None], model: nn.Module) -> None:
        before = sys.gettrace()
        sys.settrace(self)
        try:
            block(model)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
            torch.set_grad_enabled(True)


def is_nop(frame: FrameType) -> bool:
    """A line that only says `try`: the interpreter runs no signal handler there."""
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip() == "try:"


def is_finalizer(frame: FrameType | None) -> bool:
    """Whether a finalizer runs it: what is raised there Python ignores, and pytest reports."""
    while frame is not None and frame.f_code is not weakref.finalize.__call__.__code__:
        frame = frame.f_back
    return frame is not None


def watched(model: nn.Module) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, when=lambda step: True)(0) as look:
        optimizer.zero_grad()
        loss = cross_entropy(model(digits()[0]), digits()[1])
        loss.backward()
        optimizer.step()
        look.loss(loss)


def recorded(model: nn.Module) -> None:
    with record(model):
        model(digits()[0]).sum().backward()


@pytest.mark.parametrize("block", [watched, recorded])
def test_ctrl_c_at_any_line_leaves_nothing_attached(block: Callable[[nn.Module], None]) -> None:
    block(small())  # what a first look does once would be lines that the others have not
    whole = Interrupting(0)
    whole.run(block, small())
    raised = 0
    for line in range(1, whole.lines, max(1, whole.lines // 60)):
        model, interrupting = small(), Interrupting(line)
        interrupting.run(block, model)
        assert left(model) == [], line
        raised += interrupting.raised
    assert raised > 40


def test_the_next_step_removes_what_an_interrupted_removal_left(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small()
    around = watch(model, when=lambda step: step == 0)

    def interrupt(self: Hooks) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), around(0):
        monkeypatch.setattr(Hooks, "remove", interrupt)
    monkeypatch.undo()
    assert left(model)
    with around(1):  # not due
        assert left(model) == []


def test_a_hook_whose_handle_nobody_got_is_removed() -> None:
    layer = nn.Linear(2, 2)

    def interrupted(hook: Any, **options: bool) -> Any:
        layer.register_forward_hook(hook, **options)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), removed_at_end() as hooks:
        hooks.attach(layer, interrupted, print, always_call=True)
    assert not layer._forward_hooks


def test_a_step_inside_another_ends_that() -> None:
    model = small()
    around = watch(model, when=lambda step: True)
    with around(0):
        with around(1):
            recorded(model)
        assert left(model) == []
    assert around.last and around.last.step == 1


def test_the_handler_of_ctrl_c_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    watched(small())
    assert signal.getsignal(signal.SIGINT) is before
