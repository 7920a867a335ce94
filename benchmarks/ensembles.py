"""Many models trained in one batched pass against the same models one after another."""

import time
from collections.abc import Mapping
from typing import Any

import fresh
import tables
import torch
from settings import Settings
from timing import quartiles
from torch.nn.functional import cross_entropy
from workloads import mnist

from torchdemos.lab import ensembles, training
from torchdemos.lab.models import deep_mlp

SHAPES = {"small": (2, 32), "deep": (20, 64), "wide": (2, 512)}
COPIES, BATCH, STEPS, ROUNDS = (4, 16), 32, 20, 7
TITLE = "Ensembles"
ABOUT = f"""K copies of an MLP (tanh, batch {BATCH}) with a learning rate each: `ensembles.train`, one batched pass for
all, against training them one by one with `torch.optim.SGD`. How many times as fast, median of interleaved rounds."""


def subjects() -> list[str]:
    return list(SHAPES)


def measure(shape: str, settings: Settings) -> dict[str, Any]:
    arguments = *SHAPES[shape], min(ROUNDS, settings.rounds)
    return {str(copies): fresh.call("ensembles", "race", settings.threads, copies, *arguments) for copies in COPIES}


def race(copies: int, depth: int, width: int, rounds: int) -> list[float]:
    """Seconds one by one over seconds together, of each round but the first."""
    batches, rates = (mnist(BATCH) * STEPS)[:STEPS], [0.01 * (k + 1) / copies for k in range(copies)]
    models = [deep_mlp(depth, width, "tanh") for _ in rates]
    ratios = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        for model, rate in zip(models, rates, strict=True):
            optimizer = torch.optim.SGD(model.parameters(), lr=rate)
            for _ in training.train(model, batches, cross_entropy, optimizer):
                pass
        between = time.perf_counter()
        for _ in ensembles.train(models, batches, cross_entropy, rates):
            pass
        ratios.append((between - started) / (time.perf_counter() - between))
    return ratios[1:]


def page(found: Mapping[str, dict[str, Any]]) -> str:
    rows = []
    for shape, part in found.items():
        depth, width = SHAPES[shape]
        rows.append([f"{depth} layers of {width}", *(tables.spread(*quartiles(part[str(k)]), 1) for k in COPIES)])
    return tables.table(["model", *(f"K = {k}" for k in COPIES)], rows)
