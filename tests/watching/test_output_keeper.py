"""A device that refuses an operation, or has no memory left, costs some numbers of a look and no step."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from memory_of import most_memory
from odd_tensors import normal
from torch import Tensor, nn

from torchdemos.stats import as_plain, kernels, output_sums, pieces
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching.copies_in_turn import CopiesInTurn
from torchdemos.watching.look import Look
from torchdemos.watching.output_keeper import OutputKeeper
from torchdemos.watching.schedules import every
from torchdemos.watching.units import Units
from torchdemos.watching.watch import watch


@pytest.fixture(autouse=True)
def _as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "output_loops", lambda: None)
    monkeypatch.setattr(kernels, "is_usual", lambda x: False)


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))


def looked(model: nn.Module) -> Look:
    around = watch(model, when=every(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with around(0):
        model(normal(8, 4)).square().mean().backward()
        optimizer.step()
    assert around.last is not None
    return around.last


def refusing(function: Callable[..., Any], error: Exception, calls: set[int]) -> Callable[..., Any]:
    """The function, which raises in some of its calls."""
    count = iter(range(1000))

    def refuse(*args: Any, **kwargs: Any) -> Any:
        if next(count) in calls:
            raise error
        return function(*args, **kwargs)

    return refuse


def test_no_memory_left_for_one_layer_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    error = torch.OutOfMemoryError("tried to allocate 8 MB")
    monkeypatch.setattr(output_sums, "_sums", refusing(output_sums._sums, error, {0, 1}))
    with pytest.warns(UserWarning, match="could not be measured, training goes on: OutOfMemoryError: tried to"):
        look = looked(net())
    assert look.activations.keys() == {"2"} and len(look.parameters) == 4 and look.gradient_norm


def test_a_missing_operation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    error = NotImplementedError("'aten::copysign' is not implemented on this device")
    monkeypatch.setattr(torch, "abs", refusing(torch.abs, error, {5, 6, 7, 8}))  # after three outputs and the ends
    with pytest.warns(UserWarning, match="the gradient of an output.* could not be measured.*aten::copysign"):
        look = looked(net())
    assert len(look.activations) == 3 and not look.gradients


def test_a_distance_that_is_refused_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    error = NotImplementedError("'aten::sub' is not implemented on this device")
    monkeypatch.setattr(kernels, "distances", refusing(kernels.distances, error, {0, 1}))
    with pytest.warns(UserWarning, match="'0.weight' could not be measured.*aten::sub"):
        look = looked(net())
    assert [name for name, found in look.parameters.items() if "update_ratio" not in found] == ["0.weight"]
    assert len(look.activations) == 3 and look.gradient_norm


def test_no_memory_left_for_copies_costs_only_what_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CopiesInTurn, "copies", refusing(CopiesInTurn.copies, torch.OutOfMemoryError("no"), {0}))
    with pytest.warns(UserWarning, match="'how far a step moved the parameters' could not be measured"):
        look = looked(net())
    assert all(found.keys() == {"norm", "grad_norm"} for found in look.parameters.values()) and look.gradient_norm


def test_the_norm_of_all_gradients_is_unknown_if_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    model, norms = net(), kernels.norms

    def refuse(tensors: Iterable[Tensor]) -> Float64Vector:
        if any(tensor is model[0].weight.grad for tensor in tensors):
            raise torch.OutOfMemoryError("no room")
        return norms(tensors)

    monkeypatch.setattr(kernels, "norms", refuse)
    with pytest.warns(UserWarning, match="'0.weight' could not be measured"):
        look = looked(model)
    assert [name for name, found in look.parameters.items() if "grad_norm" not in found] == ["0.weight"]
    assert look.gradient_norm is None


@pytest.mark.parametrize(
    "gradient",
    [
        torch.nested.nested_tensor([normal(2, 3), normal(4, 3, seed=1)], layout=torch.jagged),
        normal(4, 5).relu().to_sparse(),
    ],
    ids=["jagged", "sparse"],
)
def test_a_gradient_of_any_layout_is_measured(gradient: Tensor) -> None:
    keeper = OutputKeeper(Units({}, {}), None, False, False, lambda name, error: pytest.fail(str(error)))
    plain = as_plain(gradient).double()
    assert keeper.gradient(gradient) == pytest.approx([plain.norm().item(), plain.abs().max().item()])


class Pictures(nn.Sequential):
    def __init__(self) -> None:
        convolutions = [layer for _ in range(4) for layer in (nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())]
        super().__init__(*convolutions, nn.BatchNorm2d(8), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 2))


@pytest.mark.parametrize("is_usual", [lambda x: False, kernels.is_usual], ids=["GPU", "CPU"])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_a_look_takes_hardly_more_memory_than_its_step(
    kind: torch.dtype, is_usual: Callable[[Tensor], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "BYTES", 2**17)
    monkeypatch.setattr(kernels, "is_usual", is_usual)
    x = normal(16, 8, 32, 32).to(kind)

    def most(watched: bool) -> int:
        torch.manual_seed(0)
        model = Pictures().to(kind)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        around = watch(model, when=every(1) if watched else every(10**9))

        def step(number: int) -> None:
            with around(number):
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()

        step(1), step(2)
        return most_memory(lambda: step(3))

    assert most(True) <= 1.05 * most(False)
