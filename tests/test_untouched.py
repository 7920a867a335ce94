"""Bitwise innocence: a watched run ends exactly where the unwatched run ends, and nothing stays on the model."""

import random
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from torchdemos.board import Board
from torchdemos.watching.schedules import every
from torchdemos.watching.watch import watch

STEPS = 20


class LastOfSequence(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(6, 8, num_layers=2, dropout=0.2, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x.flatten(1, 2))[0][:, -1])


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(36, 16), nn.ReLU(inplace=True), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3)
    )


def cnn() -> nn.Module:
    norm, relu, drop = nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(0.3)
    return nn.Sequential(nn.Conv2d(1, 4, 3), norm, relu, drop, nn.Flatten(), nn.Linear(64, 3))


def transformer() -> nn.Module:
    layer = nn.TransformerEncoderLayer(6, 2, 12, dropout=0.1, batch_first=True)
    return nn.Sequential(nn.Flatten(1, 2), layer, nn.Flatten(), nn.Linear(36, 3))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "mlp": mlp,
    "cnn": cnn,
    "lstm": LastOfSequence,
    "transformer": transformer,
}
OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=0.01),
}


def train(model: str, optimizer: str, detail: str, folder: Path, autocast: bool = False) -> dict[str, Any]:
    """Everything that `STEPS` steps leave behind, as bytes; watched at every step unless `detail` is empty."""
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(0)
    net = MODELS[model]()
    descent = OPTIMIZERS[optimizer](net.parameters())
    losses, before = [], traces(net)
    with Board(folder / (detail or "unwatched")) as board:
        around = watch(net, board, every(1), detail=detail) if detail else unwatched
        for step in range(STEPS):
            x, y = torch.randn(7, 1, 6, 6), torch.randint(3, (7,))
            with around(step):
                descent.zero_grad()
                with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                    loss = nn.functional.cross_entropy(net(x), y)
                loss.backward()
                descent.step()
            losses.append(loss.detach())
    assert traces(net) == before
    assert not any(p._backward_hooks for p in net.parameters())
    return {
        "state": bits(net.state_dict()),
        "gradients": bits([p.grad for p in net.parameters()]),
        "optimizer": bits(descent.state_dict()),
        "losses": bits(losses),
        "last batch": bits([x, y]),
        "random": (bits(torch.get_rng_state()), random.getstate(), bits(np.random.get_state())),
    }


def unwatched(step: int) -> AbstractContextManager[None]:
    return nullcontext()


def bits(tree: Any) -> list[Any]:
    leaves = [leaf.numpy() if isinstance(leaf, Tensor) else leaf for leaf in tree_leaves(tree)]
    return [leaf.tobytes() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves]


def traces(model: nn.Module) -> list[Any]:
    """Where hooks, attributes, parameters and flags would show on a model."""
    return [
        list(model.state_dict()),
        *((name, id(p), p.requires_grad) for name, p in model.named_parameters()),
        *((name, module.training, sorted(vars(module))) for name, module in model.named_modules()),
        *(list(v) for module in model.modules() for k, v in vars(module).items() if k.endswith("_hooks")),
    ]


@pytest.mark.parametrize("autocast", [False, True], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_training_ends_where_it_ends_unwatched(model: str, optimizer: str, autocast: bool, tmp_path: Path) -> None:
    try:
        expected = train(model, optimizer, "", tmp_path, autocast)
    except RuntimeError as error:  # not every processor has an LSTM in bfloat16
        if "could not create a primitive descriptor" not in str(error):
            raise
        pytest.skip(f"PyTorch cannot train this model unwatched on this processor: {error}")
    for detail in ("scalars", "pictures"):
        found = train(model, optimizer, detail, tmp_path, autocast)
        assert [part for part in expected if found[part] != expected[part]] == []
    assert len(set(expected["losses"])) == STEPS


@pytest.mark.parametrize("model", MODELS)
def test_a_look_at_a_model_in_evaluation_leaves_it_there(model: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net, x = MODELS[model]().eval(), torch.randn(7, 1, 6, 6)
    net.requires_grad_(False)
    before, state, expected = traces(net), bits(net.state_dict()), net(x.requires_grad_())
    with Board(tmp_path / "run") as board, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* PyTorch runs it as one fused kernel")
        with watch(net, board, detail="pictures")(0):
            found = net(x)
    assert torch.equal(found, expected)
    assert traces(net) == before and bits(net.state_dict()) == state
