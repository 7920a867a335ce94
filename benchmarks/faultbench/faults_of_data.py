"""Faults of data, labels and losses."""

from collections.abc import Iterator

from benchmarks.faultbench import sound
from benchmarks.faultbench.fault import Fault, fault

TWICE, NOT_FINITE = "softmax applied twice", "not finite"
UNSCALED, CONSTANT, NOTHING = "unscaled input", "constant input", "nothing learnt"
LARGE = "learning rate too large"


def faults() -> Iterator[Fault]:
    yield from _losses()
    yield from _not_finite()
    yield from _inputs()
    yield from _labels()


def _losses() -> Iterator[Fault]:
    yield fault("softmax before cross entropy", sound.MLP, TWICE, head="softmax")
    yield fault("softmax before cross entropy, adam", sound.MLP_ADAM, TWICE, head="softmax")
    yield fault("softmax before cross entropy, cnn", sound.CNN, TWICE, head="softmax")
    yield fault("softmax before cross entropy, wine", sound.WINE, TWICE, head="softmax")
    yield fault("softmax before cross entropy, functional", sound.FUNCTIONAL, TWICE, head="softmax")
    yield fault("softmax before cross entropy, lstm", sound.LSTM, TWICE, head="softmax")
    yield fault("softmax in the loss, transformer", sound.TRANSFORMER, TWICE, loss="softmax twice")
    yield fault("softmax in the loss, digits", sound.DIGITS, TWICE, loss="softmax twice")
    yield fault("softmax in the loss, language", sound.LANGUAGE, TWICE, loss="characters, softmax twice")
    yield fault("sigmoid before bce with logits", sound.BINARY, TWICE, head="sigmoid")
    forgotten = "forgotten log-softmax, rising loss, not finite"
    yield fault("nll of logits", sound.MLP, forgotten, loss="nll")
    yield fault("nll of logits, cnn", sound.CNN_ADAM, forgotten, loss="nll")
    yield fault("nll of logits, wine", sound.WINE_ADAM, forgotten, loss="nll")
    log = "forgotten log, forgotten log-softmax"
    yield fault("nll of probabilities", sound.MLP, log, head="softmax", loss="nll")
    yield fault("nll of probabilities, cnn", sound.CNN, log, head="softmax", loss="nll")
    yield fault("nll of probabilities, digits", sound.DIGITS, log, loss="nll of softmax")


def _not_finite() -> Iterator[Fault]:
    yield fault("NaN in the data", sound.MLP, NOT_FINITE, damage="NaN")
    yield fault("NaN in the data, cnn", sound.CNN, NOT_FINITE, damage="NaN")
    yield fault("much NaN in the data, regression", sound.FRIEDMAN, NOT_FINITE, damage="much NaN")
    yield fault("NaN in the data, binary", sound.BINARY, NOT_FINITE, damage="NaN")
    yield fault("inf in the data", sound.MLP_ADAM, NOT_FINITE, damage="inf")
    yield fault("inf in the data, lstm", sound.LSTM, NOT_FINITE, damage="inf")
    yield fault("log of logits", sound.MLP, NOT_FINITE, loss="nll of log")
    yield fault(
        "log of softmax underflows",
        sound.WINE,
        f"{NOT_FINITE}, {UNSCALED}",
        head="softmax",
        loss="nll of log",
        scaling="raw",
    )
    yield fault("square root at 0", sound.FRIEDMAN, NOT_FINITE, head="square root")
    yield fault("norm at 0", sound.FRIEDMAN_SGD, NOT_FINITE, loss="norm")
    yield fault("divided by a zero std", sound.DIGITS, NOT_FINITE, scaling="divided by a zero std")


def _inputs() -> Iterator[Fault]:
    raw = f"{UNSCALED}, {LARGE}, dead units"
    yield fault("pixels to 255", sound.MLP, raw, scaling="raw")
    yield fault("pixels to 255, cnn", sound.CNN, raw, scaling="raw")
    yield fault("raw features, wine", sound.WINE, raw, scaling="raw")
    yield fault("raw features, binary", sound.BINARY, raw, scaling="raw")
    yield fault("raw features, diabetes", sound.DIABETES_SGD, raw, scaling="raw")
    yield fault("one feature times 1e4, friedman", sound.FRIEDMAN_SGD, raw, scaling="one huge feature")
    yield fault("inputs times 1e4, digits", sound.DIGITS, raw, scaling="huge")
    small = f"{UNSCALED}, {CONSTANT}, {NOTHING}, learning rate too small"
    yield fault("inputs times 1e-4", sound.MLP, small, scaling="tiny")
    constant = f"{CONSTANT}, {NOTHING}"
    yield fault("constant inputs", sound.MLP_ADAM, constant, scaling="constant")
    yield fault("zero inputs, cnn", sound.CNN, constant, scaling="zeros")
    yield fault("zero inputs, friedman", sound.FRIEDMAN, constant, scaling="zeros")
    yield fault("inputs hardly vary, lstm", sound.LSTM, f"{small}, {constant}", scaling="flat")


def _labels() -> Iterator[Fault]:
    yield fault("shuffled labels", sound.MLP, NOTHING, damage="shuffled labels")
    yield fault("shuffled labels, cnn", sound.CNN, NOTHING, damage="shuffled labels")
    yield fault("shuffled labels, friedman", sound.FRIEDMAN_SGD, NOTHING, damage="shuffled labels")
    yield fault("shuffled labels, transformer", sound.TRANSFORMER, NOTHING, damage="shuffled labels")
