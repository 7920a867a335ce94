"""Losses stay where they are until a look fetches them."""

import pickle

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from torchdemos.watching.losses import Losses


@pytest.mark.parametrize("shape", [(), (1,), (4,)])
def test_a_loss_on_a_gpu_is_kept_there_and_nothing_waits_for_its_value(shape: tuple[int, ...]) -> None:
    """A fake tensor has a device and no value: whatever asks for its value raises."""
    losses = Losses()
    with FakeTensorMode():
        loss = torch.empty(shape, device="cuda", requires_grad=True)
        with pytest.raises(DataDependentOutputException):
            loss.mean().item()
        with losses.kept() as given:
            losses.give(loss)
    (kept,) = given
    assert isinstance(kept, torch.Tensor) and kept.shape == (1,) and kept.device.type == "cuda"
    assert kept.dtype == torch.float64 and not kept.requires_grad


def test_a_block_inside_another_has_losses_of_its_own() -> None:
    losses = Losses()
    losses.give(0.0)
    with losses.kept() as outer:
        losses.give(1.0)
        with losses.kept() as inner:
            losses.give(2)
        losses.give(torch.tensor(3.0))
    assert [float(loss[0]) for loss in outer] == [1, 3] and [float(loss[0]) for loss in inner] == [2]


def test_what_is_no_number_is_refused_at_a_look() -> None:
    losses = Losses()
    losses.give(None)  # type: ignore[arg-type]
    with losses.kept(), pytest.raises(TypeError):
        losses.give(None)  # type: ignore[arg-type]


def test_a_copy_has_no_open_block() -> None:
    losses = Losses()
    with losses.kept() as given:
        losses.give(2.0)
        twin = pickle.loads(pickle.dumps(losses))
        twin.give(5.0)
        assert [float(loss[0]) for loss in given] == [2.0]
        with twin.kept() as own:
            twin.give(3.0)
    assert [float(loss[0]) for loss in own] == [3.0]
