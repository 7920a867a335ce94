"""Faults by somebody who had not seen the rules when writing them, beside clean twins. Most are moderate."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from benchmarks.faultbench import alterations as alter
from benchmarks.faultbench import unseen
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.fault import Fault, fault
from benchmarks.faultbench.faults_of_data import CONSTANT, NOT_FINITE, NOTHING, TWICE, UNSCALED
from benchmarks.faultbench.faults_of_models import DEAD, EQUAL, EXPLODING, SATURATED, VANISHING, push_biases
from benchmarks.faultbench.faults_of_steps import BIG_STEPS, CUT, NOT_TRAINED, SMALL
from benchmarks.faultbench.sick_looking import zero

GELU = Config(activation="gelu", width=64, optimizer="nesterov", momentum=0.9, lr=0.02, schedule="cosine", steps=240)
RELU5 = Config(depth=5, width=24, init="he", momentum=0.5, lr=0.05, steps=240)
NARROW = replace(unseen.ADAM, depth=4, width=10, steps=300, norm="layer")
SIGMOID = Config(activation="sigmoid", depth=2, lr=1.0, momentum=0.5, init="xavier", steps=300)
TANH = Config(activation="tanh", depth=3, momentum=0.9, lr=0.3, steps=200)
HARD = Config(activation="hardtanh", depth=3, lr=0.1, steps=200)
RELU6 = replace(unseen.DIGITS, activation="relu6", optimizer="adamw", lr=3e-3, momentum=0.0, steps=240)
CNN = replace(unseen.CNN, data="digits", batch=32, steps=240)
CNN_SGD = replace(unseen.CNN, optimizer="nesterov", momentum=0.9, lr=0.02, depth=3, steps=200)
RAW_CNN = replace(unseen.CNN, norm="batch", scaling="raw", width=12, optimizer="nesterov", momentum=0.9, lr=0.02)
TOWERS = Config(model="towers", depth=3, lr=0.1, momentum=0.5, steps=200)
GRU = replace(unseen.ROWS, optimizer="nadam", width=24, steps=240)
RNN = replace(unseen.ROWS, model="rnn", lr=3e-3, clip=1.0, width=32, steps=300)
LSTM2 = replace(unseen.ROWS, model="lstm", depth=2, data="mnist", steps=240)
ROWS_SGD = replace(unseen.ROWS, optimizer="sgd", momentum=0.9, lr=0.1, steps=300)
ATTENTION = replace(unseen.ATTENTION, schedule="warmup and cosine", dropout=0.1, steps=240)
LETTERS = replace(unseen.TEXT, model="gru", lr=5e-3, width=40, steps=200)
BAG = replace(unseen.TOKENS, optimizer="adamw", steps=240)
TUMOURS = replace(unseen.TUMOURS, optimizer="adagrad", lr=0.05, activation="tanh", steps=240)
WINE = replace(unseen.WINE, activation="selu", optimizer="nesterov", momentum=0.9, lr=0.01, steps=150)
FRIEDMAN = replace(unseen.FRIEDMAN, activation="silu", loss="huber", steps=300)
FRIEDMAN_SGD = replace(FRIEDMAN, optimizer="sgd", momentum=0.9, lr=0.01, loss="mse", activation="relu")
FAST = replace(FRIEDMAN_SGD, lr=0.06)
CODE = replace(unseen.CODE, activation="elu", head="sigmoid", steps=300)

LARGE = f"{BIG_STEPS}, dead units, saturated units"
RAW = f"{UNSCALED}, {BIG_STEPS}, dead units, saturated units"
FAINT = f"{UNSCALED}, {SMALL}, {NOTHING}"
SHRINKING = "shrinking weights"
UNCLEARED = "gradients not cleared"


def faults() -> Iterator[Fault]:
    for kind in (_large(), _small(), _decay(), _not_trained(), _loops(), _losses(), _inputs(), _labels(), _weights()):
        for own in kind:
            yield replace(own, name=f"unseen: {own.name}")


def _large() -> Iterator[Fault]:
    yield fault("nesterov, 1", GELU, LARGE, lr=1.0)
    yield fault("adamw, 0.1, cnn", CNN, LARGE, lr=0.1)
    yield fault("momentum 0.99, rate 0.2, cnn", CNN_SGD, LARGE, momentum=0.99, lr=0.2)
    yield fault("adam, 0.15, transformer", ATTENTION, LARGE, lr=0.15)
    yield fault("nadam, 0.3, gru", GRU, LARGE, lr=0.3)
    yield fault("lion, 0.05, digits", RELU6, LARGE, optimizer="lion", lr=0.05)
    yield fault("adagrad, 3, tumours", TUMOURS, LARGE, lr=3.0)
    yield fault("momentum 0.995, towers", TOWERS, LARGE, momentum=0.995)
    yield fault("rate times 30 at first", RELU5, LARGE, schedule="spike at first")
    yield fault("sgd, 0.3, regression", FRIEDMAN_SGD, LARGE, lr=0.3)
    yield fault("adam, 0.3, letters", LETTERS, LARGE, lr=0.3)


def _small() -> Iterator[Fault]:
    yield fault("nesterov, 1e-4", GELU, SMALL, lr=1e-4)
    yield fault("adamw, 3e-5, cnn", CNN, SMALL, lr=3e-5)
    yield fault("nadam, 3e-5, gru", GRU, SMALL, lr=3e-5)
    yield fault("adadelta at adam's rate", CNN, SMALL, optimizer="adadelta", lr=1e-3)
    yield fault("over at a tenth of the run", ATTENTION, f"{SMALL}, {NOT_TRAINED}", schedule="over at a tenth")
    yield fault("rate halved too often", GELU, f"{SMALL}, {NOT_TRAINED}", schedule="halving too often", lr=5e-3)
    yield fault("adagrad, 1e-4, tumours", TUMOURS, SMALL, lr=1e-4)
    yield fault("adamw, 1e-5, bag", BAG, SMALL, lr=1e-5)


def _decay() -> Iterator[Fault]:
    yield fault("decay 0.5, nesterov", GELU, SHRINKING, decay=0.5)
    yield fault("decay 0.1 in the gradient, rnn", RNN, SHRINKING, decay=0.1)
    yield fault("decay 0.5, towers", TOWERS, SHRINKING, decay=0.5)
    yield fault("decay 0.3, regression", FRIEDMAN_SGD, SHRINKING, decay=0.3)
    yield fault("decay 0.5, tumours", TUMOURS, SHRINKING, decay=0.5)


def _not_trained() -> Iterator[Fault]:
    body = "fc1*,fc2*,fc3*,norm1*,norm2*,norm3*"
    yield fault("the encoder is not in the optimizer", CODE, NOT_TRAINED, "encoder*", trained="decoder*")
    yield fault("embedding and places are not in the optimizer", BAG, NOT_TRAINED, "embed*,place*", trained="out*,hid*")
    yield fault("recurrence is not in the optimizer", LETTERS, NOT_TRAINED, "recurrent*,embed*", trained="out*")
    yield fault("second layer and head are not in the optimizer", LSTM2, NOT_TRAINED, "recurrent*,out*",
                trained="embed*,recurrent.*l0")  # fmt: skip
    yield fault("detached early", NARROW, CUT, "fc1*,norm1*,act1*,flatten*,detach*", cut=1)
    yield fault("detached after three narrow layers", NARROW, CUT, f"{body},act*,flatten*,detach*", cut=3)
    yield fault("detached early, cnn", CNN_SGD, CUT, "conv1*,conv2*,act*,detach*", cut=2)
    yield fault("detached, letters", LETTERS, CUT, "recurrent*,embed*", cut=1)


def _loops() -> Iterator[Fault]:
    yield fault("cleared every second step", TANH, UNCLEARED, optimizer="sgd, cleared every 2")
    yield fault("cleared every second step, regression", FAST, UNCLEARED, optimizer="sgd, cleared every 2")
    yield fault("cleared every tenth step", RELU5, UNCLEARED, optimizer="sgd, cleared every 10")
    yield fault("cleared once an epoch, regression", FRIEDMAN_SGD, UNCLEARED, optimizer="sgd, cleared every 30")
    yield fault("not cleared, gru", ROWS_SGD, UNCLEARED, zero_grad=False)
    yield fault("clipped at 1e-3", GELU, "clipped away", clip=1e-3)
    yield fault("clipped at 1e-3, gru", ROWS_SGD, "clipped away", clip=1e-3)
    yield fault("clipped at 1e-3, towers", TOWERS, "clipped away", clip=1e-3)
    yield fault(
        "norms in evaluation, pixels to 255", RAW_CNN, f"batch norm in evaluation, {RAW}", "norm*", frozen_norms=True
    )
    yield fault("half precision and adam", RELU6, NOT_FINITE, half=True, optimizer="adam")


def _losses() -> Iterator[Fault]:
    yield fault("softmax over samples", CNN, f"{TWICE}, {NOTHING}", head="softmax over samples")
    yield fault("sigmoid before cross entropy", GELU, f"{TWICE}, {SATURATED}", head="sigmoid")
    yield fault("tanh before cross entropy", RELU6, SATURATED, "head*,out*", head="tanh")
    yield fault("tanh before cross entropy, transformer", ATTENTION, SATURATED, "head*,out*", head="tanh")
    yield fault("softmax in the loss, letters", LETTERS, TWICE, loss="characters, softmax twice")
    yield fault("softmax before one against all", GELU, TWICE, head="softmax", loss="one against all")
    yield fault("nll of scores, towers", TOWERS, "forgotten log-softmax, rising loss, not finite", loss="nll")
    yield fault("sigmoid before numbers", FRIEDMAN, SATURATED, "head*,out*", head="sigmoid")
    yield fault("relu before numbers", FRIEDMAN_SGD, f"{DEAD}, {CUT}, {NOTHING}", "head*,out*", head="relu")


def _inputs() -> Iterator[Fault]:
    yield fault("inputs times 30", RELU5, RAW, scaling="times 30")
    yield fault("inputs times 30, hardtanh", HARD, RAW, scaling="times 30")
    yield fault("inputs times 30, regression", FRIEDMAN_SGD, RAW, scaling="times 30")
    yield fault("inputs around 100", TOWERS, RAW, scaling="plus 100")
    yield fault("raw wine, selu", WINE, RAW, scaling="raw")
    yield fault("pixels to 255, rnn", replace(RNN, data="mnist"), RAW, scaling="raw")
    yield fault("inputs times 0.01", WINE, FAINT, scaling="times 0.01")
    yield fault("a few samples in other units", TOWERS, f"{FAINT}, {RAW}, exploding gradient", damage="outliers")
    yield fault("logarithm of black pixels", RELU6, NOT_FINITE, scaling="logarithms")
    yield fault("NaN in one sample of a hundred, transformer", ATTENTION, NOT_FINITE, damage="NaN")
    yield fault("NaN in one sample of a hundred, gru", GRU, NOT_FINITE, damage="NaN")
    yield fault("NaN in the targets", FRIEDMAN, NOT_FINITE, damage="NaN in the targets")
    yield fault("all tokens unknown", BAG, f"{CONSTANT}, {NOTHING}", scaling="zeros")


def _labels() -> Iterator[Fault]:
    yield fault("half of the labels off by one", GELU, NOTHING, damage="half of the labels off by one")
    yield fault("targets of the neighbours, gru", GRU, NOTHING, damage="targets of neighbours")
    yield fault("targets of the neighbours, regression", FRIEDMAN_SGD, NOTHING, damage="targets of neighbours")
    yield fault("samples taken for time", GRU, NOTHING, prepare=alter.batch_last)


def _weights() -> Iterator[Fault]:
    early = "fc1,fc2,fc3,fc4,act1,act2,act3,act4,flatten"
    yield fault("std 0.005", RELU5, VANISHING, early, init="normal", gain=0.005)
    yield fault("std 0.005, cnn", CNN_SGD, VANISHING, "conv*,act*", init="normal", gain=0.005)
    yield fault("std 0.5", RELU5, f"{EXPLODING}, exploding signal, {LARGE}", init="normal", gain=0.5)
    yield fault("std 1, hardtanh", HARD, SATURATED, "act*,fc*", init="normal", gain=1.0)
    yield fault("sigmoid, 6 layers", SIGMOID, VANISHING, f"{early},fc5,act5", depth=6)
    yield fault("recurrence times 30", RNN, f"{SATURATED}, {EXPLODING}, {VANISHING}", "recurrent*",
                prepare=partial(alter.loud_recurrence, 30.0))  # fmt: skip
    yield fault("biases of -4", RELU5, f"{DEAD}, {CUT}, {VANISHING}", "act*,fc*", prepare=partial(push_biases, -4.0))
    yield fault("biases of 15, sigmoid", SIGMOID, f"{SATURATED}, {CUT}, {VANISHING}", "act*,fc*",
                prepare=partial(push_biases, 15.0))  # fmt: skip
    yield fault("dead embedding", BAG, f"{DEAD}, {CUT}, {EQUAL}, {NOTHING}", "embed*,place*,hidden*",
                prepare=partial(zero, "embed*,place*"))  # fmt: skip
    yield fault("two layers begin with zeros", RELU5, f"{EQUAL}, {CUT}, {DEAD}", "fc*,act*",
                prepare=partial(zero, "fc2*,fc3*"))  # fmt: skip
    yield fault("constant start, gelu", GELU, EQUAL, init="constant", gain=0.01)
    yield fault("dropout 0.9 everywhere", RELU6, "too much dropout", "drop*", dropout=0.9)
    yield fault("dropout 0.9 everywhere, transformer", ATTENTION, "too much dropout", "block*", dropout=0.9)
    yield fault("dropout 0.9 everywhere, wine", WINE, "too much dropout", "drop*", dropout=0.9)
