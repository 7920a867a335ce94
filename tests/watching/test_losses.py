"""Losses stay where they are until a look fetches them."""

import pickle

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from torchdemos.stats.vectors import OnDevice
from torchdemos.watching.losses import Losses


@pytest.mark.skipif(
    torch.__version__ < (2, 7), reason="PyTorch 2.6 crashes at a fake CUDA tensor where there is no GPU"
)
@pytest.mark.parametrize("shape", [(), (1,), (4,)])
def test_a_loss_on_a_gpu_is_kept_there_and_nothing_waits_for_its_value(shape: tuple[int, ...]) -> None:
    """A fake tensor has a device and no value: whatever asks for its value raises."""
    losses = Losses()
    with FakeTensorMode():
        loss = torch.empty(shape, device="cuda", requires_grad=True)
        with pytest.raises(DataDependentOutputException):
            loss.mean().item()
        given = losses.begin()
        losses.give(loss)
    (kept,) = given
    assert isinstance(kept, OnDevice) and {tensor.device.type for tensor in kept.tensors} == {"cuda"}
    assert not any(tensor.requires_grad for tensor in kept.tensors)


def test_only_losses_between_begin_and_end_are_kept() -> None:
    losses = Losses()
    losses.give(0.0)
    first = losses.begin()
    losses.give(1.0)
    second = losses.begin()
    losses.give(2)
    losses.end()
    losses.give(torch.tensor(3.0))
    assert [float(loss[0]) for loss in first] == [1] and [float(loss[0]) for loss in second] == [2]


def test_what_is_no_number_is_refused_at_a_look() -> None:
    losses = Losses()
    losses.give(None)  # type: ignore[arg-type]
    losses.begin()
    with pytest.raises(TypeError):
        losses.give(None)  # type: ignore[arg-type]


def test_a_copy_has_no_open_block() -> None:
    losses = Losses()
    given = losses.begin()
    losses.give(2.0)
    twin = pickle.loads(pickle.dumps(losses))
    twin.give(5.0)
    assert [float(loss[0]) for loss in given] == [2.0]
    own = twin.begin()
    twin.give(3.0)
    assert [float(loss[0]) for loss in own] == [3.0]
