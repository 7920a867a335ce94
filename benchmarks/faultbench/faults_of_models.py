"""Faults of initialization, architecture and the numbers inside."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from benchmarks.faultbench import sound
from benchmarks.faultbench.fault import Fault, fault

VANISHING, EXPLODING = "vanishing gradient", "exploding gradient"
SATURATED, DEAD, EQUAL = "saturated units", "dead units", "equal units"


def push_biases(value: float, model: nn.Module) -> None:
    """Give all hidden layers this bias."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") and not name.startswith("out"):
                parameter.fill_(value)


def faults() -> Iterator[Fault]:
    yield from _equal()
    yield from _vanishing()
    yield from _exploding()
    yield from _saturated()
    yield from _dead()
    yield from _dropout()


def _equal() -> Iterator[Fault]:
    stuck = f"{EQUAL}, gradient cut off"
    yield fault("zero start", sound.MLP_ADAM, stuck, init="zero")
    yield fault("zero start, cnn", sound.CNN_ADAM, stuck, init="zero")
    yield fault("zero start, functional", sound.FUNCTIONAL, stuck, init="zero")
    yield fault("zero start, regression", sound.FRIEDMAN, stuck, init="zero")
    yield fault("zero start, autoencoder", sound.CODE, stuck, init="zero")
    yield fault("constant start", sound.MLP_ADAM, EQUAL, init="constant", gain=0.02)
    yield fault("constant start, cnn", sound.CNN_ADAM, EQUAL, init="constant", gain=0.03)
    yield fault("constant start, wine", sound.WINE_ADAM, EQUAL, init="constant", gain=0.1)
    yield fault("constant start, friedman", sound.FRIEDMAN, EQUAL, init="constant", gain=0.1)


def _vanishing() -> Iterator[Fault]:
    ends = "fc1,fc2,fc3,fc4,act1,act2,act3,act4,flatten"
    kinds = f"{VANISHING}"
    yield fault("sigmoid, 10 layers", sound.MLP10, kinds, ends, activation="sigmoid", init="xavier")
    yield fault("sigmoid, 20 layers", sound.MLP20, kinds, ends, activation="sigmoid", init="xavier", norm="")
    yield fault("sigmoid, 8 layers, sgd", sound.MLP10_SGD, kinds, ends, activation="sigmoid", init="xavier")
    yield fault("sigmoid, 6 layers, digits", sound.DIGITS, kinds, ends, activation="sigmoid", depth=6)
    yield fault("small weights, 10 layers", sound.MLP10_SGD, kinds, ends, init="normal", gain=0.01)
    yield fault("small weights, 20 layers", sound.MLP20, kinds, ends, init="normal", gain=0.05, norm="")
    yield fault("small weights, tanh", sound.MLP10_SGD, kinds, ends, init="normal", gain=0.03, activation="tanh")
    yield fault("small weights, cnn", sound.CNN, kinds, "conv*,act*", init="normal", gain=0.005, depth=4)
    yield fault("default start, 20 layers, sgd", sound.MLP10_SGD, kinds, ends, init="default", depth=20)
    yield fault("xavier, 30 layers of relu, sgd", sound.MLP10_SGD, kinds, ends, init="xavier", depth=30)
    yield fault("small weights, wine", sound.WINE, kinds, ends, depth=6, init="normal", gain=0.05)


def _exploding() -> Iterator[Fault]:
    kinds = f"{EXPLODING}, exploding signal, not finite, learning rate too large"
    yield fault("large weights, 10 layers", sound.MLP10_SGD, kinds, init="normal", gain=0.6, depth=10)
    yield fault("large weights, 20 layers", sound.MLP10, kinds, init="normal", gain=1.0, depth=20)
    yield fault("large weights, cnn", sound.CNN, kinds, init="normal", gain=1.0, depth=4)
    yield fault("large weights, residual", sound.RESIDUAL, kinds, init="he", gain=3.0)
    yield fault("large weights, regression", sound.FRIEDMAN_SGD, kinds, init="normal", gain=2.0, depth=4)
    yield fault("half precision overflows", sound.MLP, kinds, half=True, init="normal", gain=30.0)


def _saturated() -> Iterator[Fault]:
    layers = "act*,fc*"
    yield fault("large weights, tanh", sound.TANH, SATURATED, layers, init="normal", gain=2.0)
    yield fault("large weights, sigmoid", sound.SIGMOID, SATURATED, layers, init="normal", gain=5.0)
    yield fault(
        "large weights, tanh, 8 layers", sound.TANH8, f"{SATURATED}, {EXPLODING}", layers, init="normal", gain=2.0
    )
    yield fault("large weights, tanh, diabetes", sound.DIABETES_TANH, SATURATED, layers, init="normal", gain=10.0)
    inputs = f"{SATURATED}, unscaled input"
    yield fault("pixels to 255, tanh", sound.TANH, inputs, "act1,fc1,flatten", scaling="raw")
    yield fault("pixels to 255, sigmoid", sound.SIGMOID, inputs, "act1,fc1,flatten", scaling="raw")


def _dead() -> Iterator[Fault]:
    yield fault(
        "biases of -20", sound.MLP_ADAM, f"{DEAD}, gradient cut off", "act*,fc*", prepare=partial(push_biases, -20.0)
    )
    yield fault(
        "biases of -5, cnn",
        sound.CNN_ADAM,
        f"{DEAD}, gradient cut off",
        "act*,conv*",
        prepare=partial(push_biases, -10.0),
    )
    yield fault(
        "biases of -30, wine", sound.WINE, f"{DEAD}, gradient cut off", "act*,fc*", prepare=partial(push_biases, -30.0)
    )
    output = f"{DEAD}, gradient cut off, nothing learnt"
    yield fault("relu after the output, regression", sound.FRIEDMAN, output, "head,out", head="relu", prepare=sink_head)
    yield fault("relu after the output", sound.MLP_ADAM, output, "head,out", head="relu")
    yield fault("relu after the output, cnn", sound.CNN_ADAM, output, "head,out", head="relu")
    yield fault("relu after the output, binary", sound.BINARY, output, "head,out", head="relu", prepare=sink_head)


def _dropout() -> Iterator[Fault]:
    yield fault("dropout 0.95", sound.MLP_ADAM, "too much dropout", "drop*", dropout=0.95)
    yield fault("dropout 0.98, cnn", sound.CNN_ADAM, "too much dropout", "drop*", dropout=0.95)
    yield fault("dropout 0.95, digits", sound.DIGITS, "too much dropout", "drop*", dropout=0.95)
    yield fault("dropout 0.95, friedman", sound.FRIEDMAN, "too much dropout", "drop*", dropout=0.95)


def sink_head(model: nn.Module) -> None:
    """Begin with an output that is never positive."""
    assert isinstance(model.out, nn.Linear)
    nn.init.constant_(model.out.bias, -5.0)
