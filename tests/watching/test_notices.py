"""What watch cannot know it does not claim: it says what it saw and what that can mean, once."""

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from small import backward, digits, small, train
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from torchdemos import every, watch
from torchdemos.watching import notices


@contextmanager
def warned(*messages: str) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert [str(warning.message) for warning in caught] == list(messages)


def look_often(model: nn.Module, folder: Path, body: Callable[[], object], blocks: int = 5) -> None:
    around = watch(model, folder, when=every(1))
    for step in range(blocks):
        with around(step):
            body()


def in_another_thread(model: nn.Module) -> None:
    thread = Thread(target=model, args=(digits()[0],))
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    "body",
    [
        lambda model: None,
        lambda model: copy.deepcopy(model)(digits()[0]),
        lambda model: torch.vmap(model)(digits()[0]),
        in_another_thread,
    ],
)
def test_a_model_whose_outputs_are_not_seen_is_said_once(body: Callable[[nn.Module], object], tmp_path: Path) -> None:
    model = small()
    with warned(notices.NO_OUTPUTS):
        look_often(model, tmp_path / "mine", lambda: body(model))


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(6, 6), nn.Linear(6, 3)]  # no nn.ModuleList

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


@pytest.mark.parametrize("model", [Listed(), nn.Module(), nn.ModuleList(), nn.ReLU()])
def test_a_model_without_parameters_is_said_at_the_first_look(model: nn.Module, tmp_path: Path) -> None:
    with warned(notices.NO_PARAMETERS):
        look_often(model, tmp_path / "mine", lambda: model(digits()[0]) if isinstance(model, Listed) else None)


def test_gradients_that_go_past_the_parameters_are_no_missing_step(tmp_path: Path) -> None:
    """Meta-learning hands parameters to the model, and the model's own get none."""
    model = small()
    x, y = digits()

    def adapt() -> None:
        own = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
        cross_entropy(functional_call(model, own, (x,)), y).backward()

    with warned(notices.NO_PARAMETER_GRADIENTS):
        look_often(model, tmp_path / "mine", adapt)


def test_computed_tensors_in_the_place_of_parameters_have_no_gradient_and_pytorch_is_quiet(tmp_path: Path) -> None:
    """As meta-learning libraries clone a model: its parameters are not leaves, and `grad` of them warns."""
    model = small()
    layer = model[0]
    weight = layer.weight * 1
    del layer._parameters["weight"]
    layer._parameters["weight"] = weight
    with warned():
        look_often(model, tmp_path / "mine", lambda: backward(model), blocks=1)


def test_a_loop_that_steps_outside_the_block_is_said_after_three_looks(tmp_path: Path) -> None:
    model = small()
    for blocks, expected in ((2, ()), (5, (notices.NO_STEPS,))):
        with warned(*expected):
            look_often(model, tmp_path / str(blocks), lambda: backward(model), blocks)


@pytest.mark.parametrize("loss", [None, "2.3", {"loss": 2.3}, object()])
def test_a_loss_that_is_no_number_is_named_once_and_training_goes_on(loss: Any, tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", when=every(1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(3):
            with around(step) as look:
                train(model)
                look.loss(loss)
    expected = [] if loss == "2.3" else ["this look could not read the loss, training goes on"]
    assert [str(warning.message).split(":")[0] for warning in caught] == expected
    assert around.last is not None and around.last.step == 2 and around.last.loss == (2.3 if loss == "2.3" else None)


def test_a_healthy_loop_is_told_nothing(tmp_path: Path) -> None:
    model = small()
    with warned():
        look_often(model, tmp_path / "mine", lambda: train(model, lr=0.1))
