"""Faults of the optimizer and of the loop around it."""

from collections.abc import Iterator

import torch
from torch import nn

from benchmarks.faultbench import sound
from benchmarks.faultbench.fault import Fault, fault

LARGE = "learning rate too large"
BIG_STEPS = f"{LARGE}, not finite, rising loss"  # how far a step that is too large gets is luck
SMALL = "learning rate too small"
NOT_TRAINED = "not trained"
CUT = "gradient cut off"


def spoil_norms(model: nn.Module) -> None:
    """Give all batch norms statistics that are not those of their inputs."""
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.running_var is not None:
                module.running_var.fill_(1e4)


def faults() -> Iterator[Fault]:
    yield from _too_large()
    yield from _too_small()
    yield from _not_trained()
    yield from _loops()


def _too_large() -> Iterator[Fault]:
    large = f"{BIG_STEPS}, dead units"
    yield fault("sgd 3", sound.MLP, large, lr=3.0)
    yield fault("sgd 30", sound.MLP, large, lr=30.0)
    yield fault("adam 0.1", sound.MLP_ADAM, large, lr=0.1)
    yield fault("adam 1", sound.MLP_ADAM, large, lr=1.0)
    yield fault("adam 0.1, 10 layers", sound.MLP10, large, lr=0.1)
    yield fault("sgd 2, 8 layers", sound.MLP10_SGD, large, lr=2.0)
    yield fault("sgd 5, residual", sound.RESIDUAL, large, optimizer="sgd", lr=5.0)
    yield fault("adam 0.3, layer norm", sound.MLP20, large, lr=0.3)
    yield fault("sgd 8, cnn", sound.CNN, large, lr=8.0)
    yield fault("adam 0.3, cnn", sound.CNN_ADAM, large, lr=0.3)
    yield fault("sgd 100, batch norm", sound.CNN_NORM, large, lr=100.0)
    yield fault("adam 1, lstm", sound.LSTM, f"{BIG_STEPS}, saturated units", lr=1.0)
    yield fault("adam 0.3, transformer", sound.TRANSFORMER, large, lr=0.3)
    yield fault("adam 0.5, autoencoder", sound.CODE, large, lr=0.5)
    yield fault("sgd 1, regression", sound.FRIEDMAN_SGD, large, lr=1.0)
    yield fault("adam 1, regression", sound.DIABETES, large, lr=1.0)
    yield fault("adam 1, wine", sound.WINE_ADAM, large, lr=1.0)
    yield fault("sgd 30, binary", sound.BINARY, large, lr=30.0)
    yield fault("momentum 0.999", sound.MLP, large, momentum=0.999)
    yield fault("loss times a million", sound.MLP, large, loss_scale=1e6)
    yield fault("summed loss", sound.MLP, large, loss="summed")
    yield fault("summed loss, cnn", sound.CNN, large, loss="summed")
    yield fault("summed loss, regression", sound.FRIEDMAN_SGD, large, loss="mse, summed")
    yield fault("huge targets", sound.FRIEDMAN_SGD, f"{large}, exploding gradient", damage="huge targets")


def _too_small() -> Iterator[Fault]:
    yield fault("sgd 1e-5", sound.MLP, SMALL, lr=1e-5)
    yield fault("sgd 1e-4, cnn", sound.CNN, SMALL, lr=1e-4)
    yield fault("adam 1e-7", sound.MLP_ADAM, SMALL, lr=1e-7)
    yield fault("adam 1e-6, cnn", sound.CNN_ADAM, SMALL, lr=1e-6)
    yield fault("adam 1e-6, lstm", sound.LSTM, SMALL, lr=1e-6)
    yield fault("adamw 1e-6, transformer", sound.TRANSFORMER, SMALL, lr=1e-6)
    yield fault("sgd 1e-5, regression", sound.FRIEDMAN_SGD, SMALL, lr=1e-5)
    yield fault("adam 1e-6, autoencoder", sound.CODE, SMALL, lr=1e-6)
    yield fault("sgd 1e-4, binary", sound.BINARY, SMALL, lr=1e-4)
    yield fault("sgd 1e-4, wine", sound.WINE, SMALL, lr=1e-4)
    yield fault("loss times 1e-8", sound.MLP, f"{SMALL}, {NOT_TRAINED}", loss_scale=1e-8)  # rounding takes the steps
    yield fault("loss times 1e-5, cnn", sound.CNN, SMALL, loss_scale=1e-5)


def _not_trained() -> Iterator[Fault]:
    yield fault("learning rate 0", sound.MLP, f"{NOT_TRAINED}, {SMALL}", lr=0.0)
    yield fault("learning rate 0, transformer", sound.TRANSFORMER, f"{NOT_TRAINED}, {SMALL}", lr=0.0)
    yield fault("optimizer has the head only", sound.MLP10, NOT_TRAINED, "fc*", trained="out*")
    yield fault("optimizer has the head only, cnn", sound.CNN_ADAM, NOT_TRAINED, "conv*", trained="out*")
    yield fault("optimizer has the head only, lstm", sound.LSTM, NOT_TRAINED, "recurrent*,embed*", trained="out*")
    yield fault("optimizer has biases only", sound.MLP, NOT_TRAINED, "fc*,out*", trained="*bias")
    yield fault("optimizer lacks the head of a regression", sound.FRIEDMAN_SGD, NOT_TRAINED, "out*", trained="fc*")
    yield fault("optimizer lacks all but one layer", sound.MLP10, NOT_TRAINED, "fc*,out*", trained="fc3.*")
    yield fault("frozen body by mistake", sound.MLP10, f"{NOT_TRAINED}, {CUT}", "fc*", frozen="fc*")
    yield fault("frozen body by mistake, cnn", sound.CNN_ADAM, f"{NOT_TRAINED}, {CUT}", "conv*", frozen="conv*")
    yield fault("detached, 10 layers", sound.MLP10, CUT, "fc*,act*,detach*", cut=9)
    yield fault("detached, mlp", sound.MLP_ADAM, CUT, "fc*,act*,detach*", cut=3, width=16)
    yield fault("detached, cnn", sound.CNN_ADAM, CUT, "conv*,act*,detach*", cut=3)
    yield fault("detached, lstm", sound.LSTM, CUT, "recurrent*,embed*", cut=1)
    yield fault("detached, transformer", sound.TRANSFORMER, CUT, "blocks*,embed*,norm*,place*", cut=1)
    yield fault("detached, autoencoder", sound.CODE, CUT, "encoder*,detach*", cut=2)
    yield fault("detached, language", sound.LANGUAGE, CUT, "blocks*,embed*,norm*,place*", cut=1)


def _loops() -> Iterator[Fault]:
    uncleared = "gradients not cleared"
    yield fault("zero_grad missing", sound.MLP, uncleared, zero_grad=False)
    yield fault("zero_grad missing, adam", sound.MLP_ADAM, uncleared, zero_grad=False)
    yield fault("zero_grad missing, cnn", sound.CNN, uncleared, zero_grad=False)
    yield fault("zero_grad missing, lstm", sound.LSTM, uncleared, zero_grad=False)
    yield fault("zero_grad missing, regression", sound.FRIEDMAN_SGD, uncleared, zero_grad=False)
    yield fault("zero_grad missing, wine", sound.WINE_ADAM, uncleared, zero_grad=False)
    yield fault("clipped at 1e-6", sound.MLP, "clipped away", clip=1e-6)
    yield fault("clipped at 1e-4, cnn", sound.CNN, "clipped away", clip=1e-4)
    yield fault("clipped at 1e-5, regression", sound.FRIEDMAN_SGD, "clipped away", clip=1e-5)
    yield fault("decay 1", sound.MLP, "shrinking weights", decay=1.0)
    yield fault("decay 0.5, cnn", sound.CNN, "shrinking weights", decay=0.5)
    yield fault("decay 100 of adamw", sound.TRANSFORMER, "shrinking weights", decay=30.0)
    yield fault("decay 0.3, binary", sound.BINARY, "shrinking weights", decay=1.0)
    yield fault("wrong sign", sound.MLP, "rising loss, not finite", loss="wrong sign")
    yield fault("wrong sign, cnn", sound.CNN_ADAM, "rising loss, not finite", loss="wrong sign")
    yield fault("wrong sign, regression", sound.FRIEDMAN, "rising loss, not finite", loss="mse, wrong sign")
    yield fault(
        "norms in evaluation",
        sound.CNN_NORM,
        "batch norm in evaluation",
        "norm*",
        frozen_norms=True,
        prepare=spoil_norms,
    )
    yield fault(
        "norms in evaluation, mlp",
        sound.MLP_NORM,
        "batch norm in evaluation",
        "norm*",
        frozen_norms=True,
        prepare=spoil_norms,
    )
