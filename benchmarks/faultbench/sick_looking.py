"""Sound runs that look sick: what they show would be an illness elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.faultbench.config import Config
from benchmarks.faultbench.healthy import CNN, DEEP, FRIEDMAN, LANGUAGE, SEQUENCE, TABLE, TRANSFORMER, each
from benchmarks.faultbench.optimizers import matches
from benchmarks.faultbench.untrained import untrained

__all__ = ["sick_looking", "untrained"]

ADAM = Config(optimizer="adam", lr=3e-3)
TRAINED = replace(ADAM, pretrain=200, lr=1e-3)


def sick_looking() -> dict[str, Config]:
    """All by name."""
    return dict([*_resumed(), *_fine_tuned(), *_zero_starts(), *_labels(), *_outputs(), *_steps(), *_activations()])


def freeze(patterns: str, model: nn.Module) -> None:
    """Take these parameters out of the training."""
    for name, parameter in model.named_parameters():
        if matches(name, patterns):
            parameter.requires_grad_(False)


class LowRank(nn.Module):
    """A frozen dense layer beside two small ones, of which the second begins with zeros (LoRA)."""

    def __init__(self, layer: nn.Linear, rank: int = 4) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.down = nn.Linear(layer.in_features, rank, bias=False)
        self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layer(x) + self.up(self.down(x))
        return found


def adapt(model: nn.Module) -> None:
    """Give each dense layer an adapter of low rank."""
    for name, layer in list(model.named_children()):
        if isinstance(layer, nn.Linear):
            setattr(model, name, LowRank(layer))


def new_head(model: nn.Module) -> None:
    """Freeze all but the last layer, which begins anew."""
    freeze("*", model)
    assert isinstance(model.out, nn.Linear)
    model.out.requires_grad_(True).reset_parameters()


def zero(patterns: str, model: nn.Module) -> None:
    """Begin with zeros in these parameters."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if matches(name, patterns):
                parameter.zero_()


def kill_units(share: float, model: nn.Module) -> None:
    """Let this share of the first layer's units never be active."""
    layer = model.get_submodule("fc1")
    assert isinstance(layer, nn.Linear)
    with torch.no_grad():
        layer.bias[: round(share * len(layer.bias))] = -100.0


def _resumed() -> Iterator[tuple[str, Config]]:
    yield "resumed, adam", TRAINED
    yield "resumed, sgd", Config(pretrain=300, lr=0.03)
    yield "resumed, small learning rate", replace(TRAINED, lr=1e-5)
    yield "resumed cnn", replace(CNN, optimizer="adam", lr=1e-3, pretrain=150)
    yield "resumed table", replace(TABLE, pretrain=300)
    yield "resumed, cosine to its end", replace(TRAINED, schedule="cosine")
    yield "resumed lstm", replace(SEQUENCE, pretrain=150, lr=1e-3)
    yield (
        "zero loss of an overparametrized net",
        Config(damage="128 samples", optimizer="adam", lr=3e-3, batch=32, pretrain=150),
    )
    yield "zero loss, sgd", Config(damage="128 samples", momentum=0.9, batch=32, pretrain=300, width=96)


def _fine_tuned() -> Iterator[tuple[str, Config]]:
    yield "frozen body", replace(TRAINED, prepare=new_head, lr=1e-2)
    yield "frozen body of a cnn", replace(CNN, optimizer="adam", lr=1e-2, pretrain=150, prepare=new_head)
    yield "frozen first layer", replace(TRAINED, prepare=partial(freeze, "fc1*"))
    yield "frozen embedding", replace(TRANSFORMER, pretrain=100, prepare=partial(freeze, "embed*,place"))
    yield "frozen biases", replace(ADAM, frozen="*bias")
    yield "only the head is in the optimizer, body trained", replace(TRAINED, trained="out*")
    yield "low rank adapters", replace(TRAINED, prepare=adapt)
    yield (
        "low rank adapters, harder labels",
        replace(TRAINED, prepare=adapt, damage="few shuffled labels", learns_below=0.8),
    )
    yield "random features", Config(frozen="fc*", optimizer="adam", lr=1e-2, width=96)
    yield "random features of a cnn", replace(CNN, frozen="conv*", optimizer="adam", lr=1e-2, steps=250)
    yield "random features, optimizer without them", Config(trained="out*", optimizer="adam", lr=1e-2, width=96)


def _zero_starts() -> Iterator[tuple[str, Config]]:
    yield from (
        (f"zero last layer, {name}", replace(config, prepare=partial(zero, "out*")))
        for name, config in {"mlp": Config(), "cnn": CNN, "transformer": TRANSFORMER, "lstm": SEQUENCE}.items()
    )
    residual = replace(DEEP, residual=True, init="default", depth=8)
    branches = partial(zero, "block*.branch.fc*")
    yield (
        "zero residual branches without activation",
        replace(residual, activation="softplus", prepare=branches, lr=3e-3),
    )
    norms = partial(zero, "block*.branch.norm*.weight")
    yield "zero scale of residual norms", replace(residual, norm="layer", activation="gelu", prepare=norms)
    yield "zero scale of residual batch norms", replace(residual, norm="batch", activation="silu", prepare=norms)
    yield "zero attention outputs", replace(TRANSFORMER, prepare=partial(zero, "*out_proj*,*linear2*"), depth=2)
    yield "logistic regression from zero", replace(TABLE, model="linear", init="zero")
    yield "softmax regression from zero", Config(model="linear", init="zero", lr=0.03)


def _labels() -> Iterator[tuple[str, Config]]:
    yield from each("mlp adam", replace(ADAM, learns_below=0.9), "damage", ("noisy labels", "very noisy labels"))
    yield "cnn, noisy labels", replace(CNN, damage="noisy labels", learns_below=0.9)
    yield from each("rare class", replace(ADAM, steps=200, learns_below=0.8), "damage", ("5 % zeros", "10 % zeros"))
    yield "rare class, sgd", Config(damage="10 % zeros", steps=200, learns_below=0.8)
    yield "hard numbers", replace(FRIEDMAN, data="diabetes", steps=200, learns_below=0.9)


def _outputs() -> Iterator[tuple[str, Config]]:
    last = partial(zero, "out*")
    yield (
        "sigmoid is right and saturated",
        replace(TABLE, head="sigmoid", loss="bce probabilities", optimizer="adam", lr=1e-2, steps=200),
    )
    yield "gaussian likelihood below zero", replace(FRIEDMAN, loss="gaussian_nll", steps=300, learns_below=0.8)
    yield (
        "cosine similarity",
        replace(ADAM, data="mnist_pictures", model="autoencoder", depth=1, loss="negative cosine"),
    )
    yield "small targets", replace(FRIEDMAN, damage="small targets", prepare=last, lr=1e-3)
    yield "mask with -inf", replace(LANGUAGE, depth=2, steps=80)
    yield "mask with -inf, gelu", replace(LANGUAGE, activation="gelu")
    yield "pictures of mostly nothing", Config(scaling="sparse", optimizer="adam", lr=3e-3)


def _steps() -> Iterator[tuple[str, Config]]:
    yield from (
        (f"skipped steps, {name}", replace(ADAM, skip=skip))
        for name, skip in {
            "first five": _first_five,
            "every tenth": _every_tenth,
            "two in a row": _two_in_a_row,
        }.items()
    )
    yield "accumulated over four blocks", replace(ADAM, blocks=4, batch=16, steps=240)
    yield "accumulated over eight blocks, sgd", Config(blocks=8, batch=8, steps=400, lr=0.3)
    yield "cosine to its end", replace(ADAM, schedule="cosine", steps=250)
    yield "long warmup", Config(schedule="warmup", lr=0.3, steps=250)
    yield "dropped layers", replace(DEEP, model="dropped layers", depth=8, lr=3e-3, steps=250, norm="layer")
    yield "loss scaled by 1000 and adam", replace(ADAM, loss_scale=1000.0)
    yield "loss scaled by 0.001 and adam", replace(ADAM, loss_scale=0.001)
    yield "tight clipping and adam", replace(ADAM, clip=0.01)


def _activations() -> Iterator[tuple[str, Config]]:
    yield "a fifth of the units dead", replace(ADAM, prepare=partial(kill_units, 0.2))
    yield "a third of the units dead", replace(ADAM, prepare=partial(kill_units, 0.33), width=64)
    yield "wide relu, large steps", Config(width=128, lr=0.5)
    yield "relu, high rate of adam", replace(ADAM, lr=1e-2)
    yield "tanh, wide weights", replace(ADAM, activation="tanh", init="xavier", gain=2.0)
    yield "deep sigmoid with norms", replace(DEEP, activation="sigmoid", norm="batch", depth=4, lr=1e-2, steps=200)


def _first_five(step: int) -> bool:
    return step < 5


def _every_tenth(step: int) -> bool:
    return step % 10 == 3


def _two_in_a_row(step: int) -> bool:
    return step % 40 in (20, 21)
