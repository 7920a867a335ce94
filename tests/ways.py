"""The ways people train one small model, each as a step of a loop; and what watching sees and changes in each."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import LBFGS, SGD, AdamW, Optimizer
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

from torchdemos import stats
from torchdemos.watching.look import Look
from torchdemos.watching.schedules import every
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import watch

LAYERS, BATCH = 5, 8
MOMENTUM = partial(SGD, lr=0.1, momentum=0.9)
Step = Callable[[nn.Module, Optimizer, Tensor, Tensor], None]


def mlp() -> nn.Sequential:
    relu, drop = nn.ReLU(), nn.Dropout(0.0)
    return nn.Sequential(nn.Linear(6, 9), relu, drop, nn.Linear(9, 7), nn.Linear(7, 3))


def plain(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    cross_entropy(model(x), y).backward()
    optimizer.step()


def cleared_last(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
    cross_entropy(model(x), y).backward()
    optimizer.step()
    optimizer.zero_grad()


def clipped(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    cross_entropy(model(x), y).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()


def accumulated(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    for part, targets in zip(x.chunk(4), y.chunk(4), strict=True):
        (cross_entropy(model(part), targets) / 4).backward()
    optimizer.step()


def in_bfloat16(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        loss = cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()


def repeated(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor, **options: Any) -> None:
    """With activation checkpointing."""
    optimizer.zero_grad()
    cross_entropy(checkpoint(model, x.requires_grad_(), **options), y).backward()
    optimizer.step()


def some_saved(context: Any, operation: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
    saved = operation is torch.ops.aten.addmm.default
    return CheckpointPolicy.MUST_SAVE if saved else CheckpointPolicy.PREFER_RECOMPUTE


def closed(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)


def scaled(scaler: torch.amp.GradScaler) -> Step:
    def step(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> None:
        optimizer.zero_grad()
        scaler.scale(cross_entropy(model(x), y)).backward()
        scaler.step(optimizer)
        scaler.update()

    return step


@dataclass(frozen=True)
class Way:
    """`wrap` is what is done to the model, before it is watched or, if `late`, after."""

    step: Step
    optimizer: Callable[..., Optimizer] = MOMENTUM
    wrap: Callable[[nn.Module], nn.Module] = lambda model: model
    late: bool = False
    scale: float | None = None
    as_plain: bool = True  # whether its first step's numbers are those of the plain way


WAYS: dict[str, Way] = {
    "plain": Way(plain),
    "fused optimizer": Way(plain, partial(AdamW, lr=0.01, fused=True)),
    "zero_grad at the end": Way(cleared_last),
    "gradient clipping": Way(clipped),
    "gradient accumulation": Way(accumulated),
    "bfloat16 autocast": Way(in_bfloat16, as_plain=False),
    "gradient scaler": Way(plain, scale=1024.0),
    "checkpointing, not reentrant": Way(partial(repeated, use_reentrant=False)),
    "checkpointing, reentrant": Way(partial(repeated, use_reentrant=True)),
    "checkpointing, selective": Way(
        partial(repeated, use_reentrant=False, context_fn=partial(create_selective_checkpoint_contexts, some_saved))
    ),
    "LBFGS": Way(closed, partial(LBFGS, lr=0.1, max_iter=4), as_plain=False),
    "DataParallel": Way(plain, wrap=nn.DataParallel),
}
COMPILED: dict[str, Way] = {
    "torch.compile, then watch": Way(plain, wrap=torch.compile),
    "watch, then torch.compile": Way(plain, wrap=torch.compile, late=True),
    "torch.compile, zero_grad at the end": Way(cleared_last, wrap=torch.compile),
}


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind, as bytes, and the first and last look at it."""

    state: dict[str, bytes]
    first: Look | None
    last: Look | None
    gradient_norm: float  # at the last look, read from the parameters by the loop itself


def run(way: Way, folder: Path | None, steps: int = 20) -> Outcome:
    """Train so many steps, watched into `folder` at every second one or not at all."""
    torch.manual_seed(0)
    model = bare = mlp()
    scaler = torch.amp.GradScaler("cpu", init_scale=way.scale) if way.scale else None
    model = model if way.late else way.wrap(model)
    around = watch(model, folder, every(2), scaler=scaler) if folder else None
    model = way.wrap(model) if way.late else model
    optimizer = way.optimizer(model.parameters())
    step, first, losses, norm = scaled(scaler) if scaler else way.step, None, [], 0.0
    for index in range(steps):
        x, y = torch.randn(BATCH, 6), torch.randint(3, (BATCH,))
        with around(index) if around else nullcontext():
            step(model, optimizer, x, y)
        first = first or (around and around.last)
        if index % 2 == 0:
            norm = float(stats.total_norm(p.grad for p in bare.parameters() if p.grad is not None))
        losses.append(cross_entropy(bare(x), y).detach())
    state = {name: tensor.numpy().tobytes() for name, tensor in bare.state_dict().items()}
    state |= {"losses": torch.stack(losses).numpy().tobytes(), "random": torch.get_rng_state().numpy().tobytes()}
    return Outcome(state | _momenta(optimizer), first, _last(around), norm)


def _momenta(optimizer: Optimizer) -> dict[str, bytes]:
    values = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)]
    return {f"optimizer {i}": value.detach().numpy().tobytes() for i, value in enumerate(values)}


def _last(around: Watch | None) -> Look | None:
    return around.last if around else None
