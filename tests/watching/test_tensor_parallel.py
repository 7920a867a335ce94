"""Outputs that are spread over ranks are absent, and not wrong."""

from collections.abc import Iterator

import pytest
import torch
from odd_tensors import normal
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.testing._internal.distributed.fake_pg import FakeStore

from torchdemos.watching.ranks import Exchange
from torchdemos.watching.schedules import every
from torchdemos.watching.tensor_parallel import spreads_outputs
from torchdemos.watching.watch import watch

pytestmark = pytest.mark.filterwarnings("ignore:DTensor random operators:UserWarning")  # PyTorch 2.6 says so on a CPU


@pytest.fixture(autouse=True)
def _two_ranks() -> Iterator[None]:
    """The other rank does not exist: collectives give back what they are given."""
    distributed.init_process_group("fake", store=FakeStore(), rank=0, world_size=2)
    yield
    distributed.destroy_process_group()


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))


def parallel() -> nn.Module:
    mesh = init_device_mesh("cpu", (2,))
    return parallelize_module(net(), mesh, {"0": ColwiseParallel(), "2": RowwiseParallel()})


def test_only_shards_that_nobody_gathers_spread_outputs() -> None:
    assert spreads_outputs(parallel())
    assert not spreads_outputs(net())
    assert not spreads_outputs(fully_shard(net(), mesh=init_device_mesh("cpu", (2,))))
    assert not spreads_outputs(fully_shard(net(), mesh=init_device_mesh("cpu", (1, 2), mesh_dim_names=("a", "b"))))


def test_a_tensor_parallel_model_has_its_parameters_and_no_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exchange, "merged", lambda self, step, own, merge: own)
    model = parallel()
    around = watch(model, when=every(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with (
        pytest.warns(UserWarning, match="'the outputs' could not be measured, .*: tensor parallelism gives"),
        around(0),
    ):
        model(normal(8, 4)).square().mean().backward()
        optimizer.step()
    assert around.last is not None
    assert not around.last.activations and not around.last.gradients and not around.last.answer
    assert around.last.parameters["0.weight"]["norm"] > 0 and around.last.parameters["2.weight"]["grad_norm"] >= 0
