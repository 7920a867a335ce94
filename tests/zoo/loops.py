"""What `docs/compatibility.md` claims of a training loop: it ends where it ends unwatched, and memory does not grow."""

import copy
import gc
import random
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from passes import losses, sow
from specimens import Specimen
from torch import Tensor, nn
from verdict import Verdict, count, digest, only_new_objects

from torchdemos.board import Board
from torchdemos.watching.schedules import every
from torchdemos.watching.watch import watch

STEPS = 20
UNREPEATABLE = "PyTorch cannot repeat it: two unwatched runs differ"
WAYS = {
    "train float32": (True, False),
    "train bfloat16": (True, True),
    "eval float32": (False, False),
    "eval bfloat16": (False, True),
}


def bitwise(specimen: Specimen, model: nn.Module, way: str, steps: int = STEPS) -> Verdict:
    """Losses, parameters, buffers, optimizer and random state end where they end unwatched."""
    try:
        expected = trained(specimen, model, way, steps, watched=False)
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
        if not WAYS[way][1]:
            raise
        return Verdict(gaps={f"PyTorch cannot do it: {str(error).splitlines()[0][:100]}": 1})
    found = trained(specimen, model, way, steps, watched=True)
    verdict = Verdict(sum(found[what] == expected[what] for what in expected), len(expected))
    count(verdict.gaps, "losses not finite", sum(loss in ("nan", "inf", "-inf") for loss in expected["losses"]))
    verdict.faults += [f"{what} differ" for what in expected if found[what] != expected[what]]
    if verdict.faults and trained(specimen, model, way, steps, watched=False) != expected:
        return Verdict(gaps={UNREPEATABLE: 1})
    return verdict


def trained(specimen: Specimen, model: nn.Module, way: str, steps: int, watched: bool) -> dict[str, Any]:
    training, autocast = WAYS[way]
    model = copy.deepcopy(model)
    model = model.train() if training else settled(specimen, model).eval()
    optimizers = optimizers_of(specimen, model)
    ended = [loss for loss, _ in train(specimen, model, optimizers, steps, every(5) if watched else None, autocast)]
    return {
        "losses": [float(loss).hex() for loss in ended],
        "parameters": digest(list(model.parameters())),
        "gradients": digest([p.grad for p in model.parameters()]),
        "buffers": digest(list(model.buffers())),
        "optimizer states": digest([optimizer.state_dict() for optimizer in optimizers.values()]),
        "random states": digest([torch.get_rng_state(), random.getstate(), np.random.get_state()]),
    }


def settled(specimen: Specimen, model: nn.Module) -> nn.Module:
    """With running statistics of one batch: in evaluation, a deep model with those of none gives inf."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = 1.0
    with torch.no_grad():
        list(losses(specimen, model.train()))
    return model


def optimizers_of(specimen: Specimen, model: nn.Module) -> dict[str, torch.optim.Optimizer]:
    return {part: specimen.optimizer(trained.parameters()) for part, trained in specimen.parts(model).items()}


def train(
    specimen: Specimen,
    model: nn.Module,
    optimizers: Mapping[str, torch.optim.Optimizer],
    steps: int,
    when: Callable[[int], bool] | None,
    autocast: bool = False,
) -> Iterator[tuple[Tensor, "weakref.ref[Canary]"]]:
    """The loop that everybody writes, watched on the steps that `when` picks; each loss of each step in turn."""
    sow(0)
    generator = torch.Generator().manual_seed(0)
    with TemporaryDirectory() as folder, ExitStack() as boards:
        arounds = []
        for part, watched in specimen.parts(model).items() if when else ():
            board = boards.enter_context(Board(Path(folder) / (part or "whole")))
            arounds.append(watch(watched, board, when))
        for step in range(steps):
            batch, ended = specimen.batch(generator), []
            with ExitStack() as blocks:
                for around in arounds:
                    blocks.enter_context(around(step))
                for part, loss_of in specimen.losses.items():
                    optimizers[part].zero_grad()
                    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                        loss = loss_of(model, batch)
                    ended.append((loss.detach(), Canary.into(loss)))
                    loss.backward()
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    optimizers[part].step()
                    del loss
            yield from ended


def seconds_per_step(specimen: Specimen, model: nn.Module, watched: bool) -> float:
    """Of a second step: the first also sets up the optimizer."""
    model = copy.deepcopy(model)
    steps = train(specimen, model, optimizers_of(specimen, model), 2, every(1) if watched else None)
    for _ in specimen.losses:
        next(steps)
    started = time.perf_counter()
    list(steps)
    return time.perf_counter() - started


# Memory


class Canary:
    """An object in the first operation of a graph: it lives as long as the graph."""

    @staticmethod
    def into(loss: Tensor) -> "weakref.ref[Canary]":
        node = loss.grad_fn
        while following := [n for n, _ in node.next_functions if n is not None and "Accumulate" not in n.name()]:
            node = following[0]
        node.metadata["canary"] = canary = Canary()
        return weakref.ref(canary)


def memory(specimen: Specimen, model: nn.Module, steps: int = 200) -> Verdict:
    """The number of live tensors stops growing, and no graph outlives its step."""
    model, verdict = copy.deepcopy(model), Verdict(of=2)
    optimizers = optimizers_of(specimen, model)
    quarters = [len(optimizers) * steps * quarter // 4 for quarter in (1, 2, 3, 4)]
    canaries, counts = [], []
    with only_new_objects():
        for number, (_, canary) in enumerate(train(specimen, model, optimizers, steps, every(1)), 1):
            canaries.append(canary)
            counts += [live_tensors()] if number in quarters else []
    alive = sum(canary() is not None for canary in canaries)
    # A layer that has seen 1,000 samples gets one tensor more, once.
    growth = min(after - before for before, after in pairwise(counts))
    verdict.right = (growth <= 0) + (not alive)
    verdict.faults += [f"{growth} tensors more in each quarter of {steps} steps"] if growth > 0 else []
    verdict.faults += [f"{alive} graphs are still alive"] if alive else []
    return verdict


def live_tensors() -> int:
    gc.collect()
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())
