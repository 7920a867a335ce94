"""Outputs that are spread over ranks are absent, and not wrong."""

from collections.abc import Iterator

import pytest
import torch
from odd_tensors import normal
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.testing._internal.distributed.fake_pg import FakeStore

from torchdemos.watching.output_keeper import OutputKeeper
from torchdemos.watching.parameters import distances, norms
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.schedules import every
from torchdemos.watching.tensor_parallel import spreads_outputs
from torchdemos.watching.units import Units
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
    one_of_two = init_device_mesh("cpu", (2, 1), mesh_dim_names=("a", "b"))["b"]
    assert spreads_outputs(fully_shard(net(), mesh=one_of_two))


def test_a_tensor_parallel_model_has_its_parameters_and_no_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exchange, "merged", lambda self, step, own, merge: own)
    model = parallel()
    around = watch(model, when=every(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with (
        pytest.warns(UserWarning, match="'the outputs' could not be measured, .*: with tensor parallelism"),
        around(0),
    ):
        model(normal(8, 4)).square().mean().backward()
        optimizer.step()
    assert around.last is not None
    assert not around.last.activations and not around.last.gradients and not around.last.answer
    assert around.last.parameters["0.weight"]["norm"] > 0 and around.last.parameters["2.weight"]["grad_norm"] >= 0


def test_a_sum_that_is_yet_to_be_made_has_no_norm() -> None:
    mesh, failures = init_device_mesh("cpu", (2,)), list[str]()

    def failed(name: str, error: Exception) -> None:
        failures.append(name)

    whole, part = (DTensor.from_local(torch.ones(4), mesh, [placement]) for placement in (Replicate(), Partial()))
    found = norms({"whole": whole, "part": part}, failed)
    assert (found.names, list(found.values), failures) == (["whole"], [2.0], ["part"])
    assert distances({"whole": (0 * whole, whole), "part": (0 * part, part)}, failed).names == ["whole"]


def test_a_tensor_on_several_ranks_is_not_reckoned_with(monkeypatch: pytest.MonkeyPatch) -> None:
    output = DTensor.from_local(torch.ones(4, 3), init_device_mesh("cpu", (2,)), [Shard(0)])
    monkeypatch.setattr(DTensor, "full_tensor", lambda self: pytest.fail("waited for other ranks"))
    keeper = OutputKeeper(Units({}, {}), None, True, True, lambda name, error: pytest.fail(str(error)))
    assert keeper.output("0", "", (), output) is None and keeper.gradient(output) is None
