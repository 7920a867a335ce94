"""One process of two, started by torchrun: trains and watches in several ways, and saves what it saw."""

import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from patience import OF_PROCESSES
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.parallel import DistributedDataParallel

from torchdemos.watching import ranks
from torchdemos.watching.schedules import every
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import watch

STEPS, BATCH = 6, 8


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 7), nn.Tanh(), nn.Linear(7, 3)]
    with torch.no_grad():
        layers[0].bias[4] = -100  # a dead unit
    return nn.Sequential(*layers)


def sharded() -> nn.Module:
    model = mlp()
    for layer in (model[0], model[2]):
        fully_shard(layer)
    return fully_shard(model)


def sharded_twice() -> nn.Module:
    """The first two layers in uneven shards of their units, the last one whole on both ranks."""
    mesh = init_device_mesh("cpu", (1, 2), mesh_dim_names=("data", "units"))
    plan = {"0": ColwiseParallel(use_local_output=False), "2": RowwiseParallel()}
    model = parallelize_module(mlp(), mesh["units"], plan)
    fully_shard(model[2], mesh=mesh["data"])
    return fully_shard(model, mesh=mesh["data"])


def data(step: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(step)
    return torch.randn(BATCH, 6, generator=generator), torch.randint(3, (BATCH,), generator=generator)


def train(model: nn.Module, around: Watch | None, mine: slice = slice(None)) -> dict[str, Tensor]:
    """Weights after a few steps over this rank's share of each batch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step in range(STEPS):
        inputs, targets = (part[mine] for part in data(step))
        with around(step) if around else nullcontext():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            if around:
                around.loss(loss)
    return {
        name: parameter.full_tensor() if isinstance(parameter, DTensor) else parameter.detach()
        for name, parameter in model.state_dict().items()
    }


def only_the_first(model: nn.Module, folder: Path) -> Watch | None:
    return watch(model, folder, every(2)) if distributed.get_rank() == 0 else None


def each_its_own_steps(model: nn.Module, folder: Path) -> Watch:
    return watch(model, folder, every(2 + distributed.get_rank()))


def both(model: nn.Module, folder: Path) -> Watch:
    return watch(model, folder, every(2), detail="pictures")


WAYS: dict[str, tuple[Callable[[], nn.Module], Callable[[nn.Module, Path], Watch | None]]] = {
    "ddp": (lambda: DistributedDataParallel(mlp()), both),
    "fsdp": (sharded, both),
    "only_the_first": (lambda: DistributedDataParallel(mlp()), only_the_first),
    "fsdp_and_units": (sharded_twice, both),
    "only_the_first_has_units": (sharded_twice, only_the_first),
    "each_its_own_steps": (lambda: DistributedDataParallel(mlp()), each_its_own_steps),
}


def two_at_once(folder: Path) -> list[Watch]:
    """Two models of one class, whose outputs are 1 and 5."""
    model = {value: nn.Sequential(nn.Linear(1, 1)) for value in (1.0, 5.0)}
    watches = []
    for value, constant in model.items():
        nn.init.zeros_(constant[0].weight)
        nn.init.constant_(constant[0].bias, value)
        watches.append(watch(constant, folder / "logs" / f"constant_{value:g}"))
    with watches[0](0), watches[1](0):
        for constant in model.values():
            constant(torch.ones(2, 1))
    return watches


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo")
    rank = distributed.get_rank()
    half = slice(rank * BATCH // 2, (rank + 1) * BATCH // 2)
    found: dict[str, Any] = {}
    for name, (build, watcher) in WAYS.items():
        ranks.PATIENCE = timedelta(seconds=OF_PROCESSES if watcher is both else 0.5)
        model, mine = build(), slice(None) if build is sharded_twice else half
        around = watcher(model, folder / "logs" / name)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            weights = train(model, around, mine)
        found[name] = {
            "weights": weights,
            "unwatched": train(build(), None, mine),
            "look": around and around.last,
            "findings": around and around.findings(),
            "warnings": [str(warning.message) for warning in said],
        }
    found["constants"] = [around.last for around in two_at_once(folder)]
    torch.save(found, folder / f"{rank}.pt")
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
