"""Ways of watching a model that are measured against each other, and what each of them records."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from torchdemos.watching.schedules import every
from torchdemos.watching.watch import watch


class Watched(NamedTuple):
    """How a model trains under a watcher: what surrounds a step, and what is called in place of the model.

    `tell` is given the loss of each step, and `drain` waits until everything is written; both are timed too.
    """

    around: Callable[[int], AbstractContextManager[object]] = lambda step: nullcontext()
    forward: Callable[[Tensor], Tensor] | None = None
    drain: Callable[[], None] = lambda: None
    tell: Callable[[Tensor], object] = lambda loss: None


Attach = Callable[[nn.Module, Path], Watched]


@dataclass(frozen=True)
class Watcher:
    """`attach(model, folder)` begins to watch. `alone`: the watcher changes its process, so it gets one of its own."""

    title: str
    records: str
    attach: Attach
    package: str = "torch"
    alone: bool = False

    @property
    def installed(self) -> bool:
        return find_spec(self.package) is not None


def after(do: Callable[[int], None]) -> Callable[[int], AbstractContextManager[None]]:
    """What surrounds a step for a watcher that acts at its end."""

    @contextmanager
    def around(step: int) -> Iterator[None]:
        yield
        do(step)

    return around


def bare(model: nn.Module, folder: Path) -> Watched:
    return Watched()


def torchdemos(when: Callable[[int], bool], model: nn.Module, folder: Path) -> Watched:
    return Watched(watch(model, folder / "log", when))


def without_numba(model: nn.Module, folder: Path) -> Watched:
    sys.modules["numba"] = None  # type: ignore[assignment]  # as where it is not installed
    return torchdemos(every(1), model, folder)


def recorder(model: nn.Module, folder: Path) -> Watched:
    return Watched(watch(model, folder / "log", every(10), recorder=64))


def never(step: int) -> bool:
    return False


def leaves(model: nn.Module) -> dict[str, nn.Module]:
    """The layers that people put hooks on."""
    return {name: module for name, module in model.named_modules() if not any(module.children())}


def statistics(tensor: Tensor) -> dict[str, float]:
    """The usual four, as they are usually written."""
    tensor = tensor.detach().float()
    return {
        "mean": tensor.mean().item(),
        "std": tensor.std().item(),
        "abs_max": tensor.abs().max().item(),
        "zero_fraction": (tensor == 0).float().mean().item(),
    }


def by_hand(model: nn.Module, folder: Path) -> Watched:
    """A forward hook on each layer, and a hook on its output for the gradient: full backward hooks fail on W3."""
    writer, now = SummaryWriter(str(folder)), [0]

    def write(kind: str, name: str, tensor: Tensor) -> None:
        for statistic, value in statistics(tensor).items():
            writer.add_scalar(f"{kind}_{statistic}/{name}", value, now[0])

    def hook(name: str, module: nn.Module, args: Any, output: Any) -> None:
        output = output[0] if isinstance(output, tuple) else output
        write("activation", name, output)
        if output.requires_grad:
            output.register_hook(lambda gradient: write("gradient", name, gradient))

    for name, layer in leaves(model).items():
        layer.register_forward_hook(partial(hook, name))

    def count(step: int) -> None:
        now[0] = step + 1

    return Watched(after(count), drain=writer.flush)


OURS = "outputs (mean, std, abs max, zeros, dead units), gradients of outputs, parameters, their gradients, updates"
WATCHERS = {
    "bare": Watcher("bare", "nothing", bare),
    "bare_again": Watcher("bare again (the resolution)", "nothing", bare),
    "bare_apart": Watcher("bare apart (in a process of its own)", "nothing", bare, alone=True),
    "torchdemos": Watcher("**torchdemos**, every step", f"{OURS}; one event a look", partial(torchdemos, every(1))),
    "torchdemos_without_numba": Watcher(
        "**torchdemos**, every step, without Numba", "the same", without_numba, alone=True
    ),
    "torchdemos_10": Watcher("**torchdemos**, every 10th step", "the same", partial(torchdemos, every(10))),
    "torchdemos_recorder": Watcher(
        "**torchdemos**, every 10th step, flight recorder", "the same; 64 looks in memory", recorder
    ),
    "torchdemos_between": Watcher("**torchdemos**, between looks", "nothing at present", partial(torchdemos, never)),
    "by_hand": Watcher(
        "hooks by hand, `.item()`, `add_scalar`", "outputs and their gradients: mean, std, abs max, zeros", by_hand
    ),
}
