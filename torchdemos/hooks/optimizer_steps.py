"""Where an optimizer takes its step: what it takes and makes is known right before and right after."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.optim import Optimizer, optimizer

from torchdemos.hooks.removal import Hooks, Removable

Before = Callable[[Optimizer, bool], None]
After = Callable[[Optimizer], None]


# A compiled step would trace the hooks too, down into loops that PyTorch cannot compile, and the process would crash.
@torch._disable_dynamo  # type: ignore[attr-defined]
def _not_compiled(hook: Callable[..., None], *args: Any) -> None:
    hook(*args)


def around_optimizer_steps(hooks: Hooks, before: Before, after: After) -> None:
    """Call `before` and `after` around every step of every `torch.optim.Optimizer`, until the `hooks` are removed.

    `before(optimizer, closure)` comes after the optimizer's own hooks, so that it sees what they made of the gradients.
    `closure` says whether the step computes the gradients itself, as LBFGS does: then they are known only in `after`.
    An optimizer that is no `torch.optim.Optimizer` has no hooks and is not seen.
    """

    last_hooks: list[Removable] = []

    def on_begin(stepping: Optimizer, args: Any, kwargs: Any) -> None:
        # PyTorch calls the hooks of all optimizers first. The optimizer's own are called in order, so this one is last.
        closure = any(callable(one) for one in (*args[1:], *kwargs.values()))
        hook = partial(_not_compiled, lambda *_: before(stepping, closure))
        last_hooks.append(hooks.attach(stepping, stepping.register_step_pre_hook, hook))

    def on_end(stepping: Optimizer, args: Any, kwargs: Any) -> None:
        while last_hooks:
            last_hooks.pop().remove()
        after(stepping)

    hooks.attach(optimizer, optimizer.register_optimizer_step_pre_hook, partial(_not_compiled, on_begin))
    hooks.attach(optimizer, optimizer.register_optimizer_step_post_hook, partial(_not_compiled, on_end))
