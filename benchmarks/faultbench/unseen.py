"""Sound runs by somebody who had not seen the rules when writing them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from benchmarks.faultbench import alterations as alter
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.faults_of_models import push_biases
from benchmarks.faultbench.sick_looking import freeze, new_head, zero

ADAM = Config(optimizer="adam", lr=2e-3, steps=150)
CNN = Config(model="cnn", width=16, optimizer="adamw", lr=3e-3, steps=120)
DIGITS = Config(data="digits", batch=32, lr=0.1, momentum=0.5, steps=200)
TUMOURS = Config(data="breast_cancer", loss="bce", optimizer="adam", lr=3e-3, batch=32, width=24, steps=150)
WINE = Config(data="wine", batch=16, width=24, optimizer="adam", lr=5e-3)
FRIEDMAN = Config(data="friedman", loss="mse", optimizer="adamw", lr=3e-3, batch=32, width=40, steps=200)
DIABETES = replace(FRIEDMAN, data="diabetes", learns_below=0.8)
ROWS = Config(data="digits", model="gru", depth=1, optimizer="adam", lr=5e-3, batch=32, width=40, steps=180)
TOKENS = replace(ROWS, data="digit_tokens", model="bag", lr=1e-2)
ATTENTION = replace(ROWS, model="transformer", width=32, lr=2e-3)
TEXT = replace(ATTENTION, data="text", loss="characters", batch=16, lr=3e-3, learns_below=0.9)
CODE = Config(data="mnist_pictures", model="autoencoder", depth=1, width=64, loss="mse of pixels", optimizer="adamw",
              lr=3e-3, steps=200, learns_below=0.75)  # fmt: skip


def healthy() -> dict[str, Config]:
    """All by name."""
    kinds = (_optimizers(), _schedules(), _dense(), _pictures(), _tables(), _sequences(), _codes())
    return {f"unseen: {name}": config for kind in kinds for name, config in kind}


def sick_looking() -> dict[str, Config]:
    """All by name."""
    kinds = (_odd_losses(), _odd_inputs(), _odd_steps(), _odd_weights(), _odd_sizes())
    return {f"unseen: {name}": config for kind in kinds for name, config in kind}


def _optimizers() -> Iterator[tuple[str, Config]]:
    yield "nesterov and decay", Config(optimizer="nesterov", momentum=0.9, lr=0.02, decay=5e-4)
    yield "lion", Config(optimizer="lion", lr=5e-4, decay=0.1, steps=150)
    yield "lion, cnn", replace(CNN, optimizer="lion", lr=1e-3)
    yield "adadelta", Config(optimizer="adadelta", lr=1.0)
    yield "adafactor", Config(optimizer="adafactor", lr=1e-2, width=64)
    yield "adamax", Config(optimizer="adamax", lr=5e-3, activation="hardswish")
    yield "amsgrad, digits", replace(DIGITS, momentum=0.0, optimizer="amsgrad", lr=3e-3)
    yield "adam of short memory", replace(CNN, optimizer="adam of short memory", activation="leaky")
    yield "adam of large epsilon", replace(ADAM, optimizer="adam of large epsilon", lr=5e-3)
    yield "rmsprop with momentum", Config(optimizer="rmsprop", lr=5e-4, momentum=0.9, steps=150)
    yield "centered rmsprop, tumours", replace(TUMOURS, optimizer="centered rmsprop")
    yield "averaged sgd", replace(WINE, optimizer="averaged sgd", lr=0.1)
    yield "decay of matrices only", replace(ATTENTION, optimizer="adamw, decay of matrices", decay=0.1)
    yield "rprop on all samples", replace(WINE, optimizer="rprop", lr=1e-2, batch=178)


def _schedules() -> Iterator[tuple[str, Config]]:
    yield "warmup and cosine", replace(ATTENTION, schedule="warmup and cosine", depth=2, dropout=0.1)
    yield "linear to zero", replace(ADAM, schedule="linear", decay=1e-4)
    yield "one cycle", replace(CNN, schedule="one cycle", lr=1e-2, norm="batch")
    yield "inverse square root", replace(TEXT, schedule="inverse square root", width=48)
    yield "one cycle of sgd", replace(DIGITS, schedule="one cycle", lr=0.5, momentum=0.0)


def _dense() -> Iterator[tuple[str, Config]]:
    yield "relu6", replace(ADAM, activation="relu6", depth=3)
    yield "hardtanh, orthogonal", replace(ADAM, activation="hardtanh", init="orthogonal")
    yield "celu, 6 layers", replace(ADAM, activation="celu", depth=6, width=24)
    yield "softsign, sgd", Config(activation="softsign", lr=0.3, steps=200)
    yield "random slopes", Config(activation="rrelu", data="digits", batch=32, steps=150)
    yield "very wide", Config(depth=1, width=600, lr=0.05)
    yield "narrow, 4 layers", replace(ADAM, width=12, depth=4, steps=300)
    yield "rms norm", replace(ADAM, norm="layer", depth=5, prepare=alter.rms_norm)
    yield "batch norm without scale", replace(ADAM, norm="batch", prepare=alter.plain_norm, dropout=0.2)
    yield "weight norm", Config(depth=3, prepare=alter.weight_norm, steps=150)
    yield "dropout of pixels", Config(prepare=partial(alter.drop_inputs, 0.2), lr=0.2, steps=200)
    yield "everything at once", replace(
        ADAM, optimizer="adamw", decay=0.05, dropout=0.25, loss="smoothed", clip=1.0, schedule="cosine", norm="layer",
        activation="gelu", steps=250,
    )  # fmt: skip
    yield "poly loss", replace(DIGITS, loss="poly")
    yield "cross entropy with a z term", replace(ADAM, loss="with a z term", activation="silu")
    yield "towers, adamw, clipped", Config(model="towers", depth=3, optimizer="adamw", lr=2e-3, clip=1.0, steps=150)
    yield "functional, rmsprop", Config(model="functional", data="digits", optimizer="rmsprop", lr=2e-3, batch=32)
    yield "functional, hardtanh", Config(model="functional", activation="hardtanh", lr=0.2, data="digits", steps=200)
    yield (
        "dropped layers, digits",
        replace(DIGITS, model="dropped layers", depth=5, norm="batch", optimizer="adam", lr=3e-3, momentum=0.0),
    )
    yield "softmax regression, adagrad", Config(model="linear", data="digits", optimizer="adagrad", lr=0.05)
    yield "bottleneck of 5 units", replace(ADAM, width=5, depth=1, activation="leaky", lr=1e-2, steps=300)


def _pictures() -> Iterator[tuple[str, Config]]:
    yield "cnn, max pooling", replace(CNN, prepare=alter.max_pool)
    yield "cnn, depthwise", replace(CNN, prepare=alter.depthwise, depth=3, width=24, steps=200)
    yield (
        "cnn, no biases, batch norm, nesterov",
        replace(CNN, prepare=alter.no_biases, norm="batch", optimizer="nesterov", momentum=0.9, lr=0.02, decay=1e-3),
    )
    yield "cnn, instance norm", replace(CNN, norm="group", prepare=alter.instance_norm)
    yield "cnn, gates", replace(CNN, prepare=alter.gate, data="digits", lr=5e-3, steps=200)
    yield (
        "cnn, group norm, smoothed, cosine",
        replace(CNN, norm="group", activation="gelu", loss="smoothed", schedule="cosine", decay=0.05),
    )
    yield "cnn residual, rmsprop", replace(CNN, residual=True, depth=4, optimizer="rmsprop", lr=5e-4, steps=80)
    yield "cnn, wide, pixels -1 to 1", replace(CNN, width=32, scaling="-1 to 1", depth=3, steps=80)


def _tables() -> Iterator[tuple[str, Config]]:
    yield "tumours, weighted", replace(TUMOURS, loss="weighted bce")
    yield "tumours, layer norm, softplus", replace(TUMOURS, norm="layer", activation="softplus")
    yield "tumours, towers, sgd", replace(TUMOURS, model="towers", optimizer="sgd", lr=0.05, momentum=0.9)
    yield "tumours, logarithms", replace(TUMOURS, scaling="logarithms of 1 + x", lr=1e-2, steps=300)
    yield "wine, selu, dropout", replace(WINE, activation="selu", dropout=0.3, steps=200)
    yield "wine, hinge", replace(WINE, loss="hinge", lr=1e-2, steps=200)
    yield "wine, batches of 4", replace(WINE, batch=4, lr=1e-3, steps=250)
    yield "friedman, log cosh, cosine", replace(FRIEDMAN, loss="log cosh", schedule="cosine", activation="elu")
    yield "friedman, towers", replace(FRIEDMAN, model="towers", depth=2, optimizer="nesterov", momentum=0.9, lr=0.01)
    yield "friedman, residual, batch norm", replace(FRIEDMAN, residual=True, norm="batch", depth=4, width=24)
    yield "friedman as it is", replace(FRIEDMAN, scaling="raw", lr=1e-2)
    yield "diabetes, decay, dropout, l1", replace(DIABETES, loss="l1", decay=0.1, dropout=0.1)
    yield "diabetes, full batch", replace(DIABETES, batch=442, activation="tanh", lr=5e-3)


def _sequences() -> Iterator[tuple[str, Config]]:
    yield "gru both ways", replace(ROWS, prepare=alter.both_ways)
    yield "lstm that remembers, clipped", replace(ROWS, model="lstm", prepare=alter.remember, clip=1.0, data="mnist")
    yield "rnn that begins as a sum", replace(ROWS, model="rnn", prepare=alter.identity_rnn, lr=1e-3, clip=1.0)
    yield (
        "lstm, three layers, dropout",
        replace(ROWS, model="lstm", depth=3, prepare=partial(alter.dropout_between, 0.2), steps=250),
    )
    yield "gru, rmsprop", replace(ROWS, optimizer="rmsprop", lr=2e-3, decay=1e-5)
    yield "rnn, momentum", replace(ROWS, model="rnn", optimizer="sgd", momentum=0.9, lr=0.05, clip=1.0, steps=300)
    yield "bag, centered rmsprop", replace(TOKENS, optimizer="centered rmsprop", steps=300)
    yield "bag, lion", replace(TOKENS, optimizer="lion", lr=3e-3, steps=300)
    yield "transformer of tokens", replace(ATTENTION, data="digit_tokens", lr=3e-3, steps=400)
    yield "transformer of mnist rows", replace(ATTENTION, data="mnist", depth=3, dropout=0.1)
    yield "transformer, sgd", replace(ATTENTION, optimizer="sgd", momentum=0.9, lr=0.05, clip=1.0, steps=250)
    yield "one block twice", replace(ATTENTION, depth=2, prepare=alter.share_blocks)
    yield "letters tied to the head", replace(TEXT, prepare=alter.tie_letters, steps=200)
    yield "letters, gru, two layers", replace(TEXT, model="gru", depth=2, lr=5e-3, steps=200)
    yield "letters, wide, clipped", replace(TEXT, width=64, lr=1e-3, clip=0.5, steps=150)


def _codes() -> Iterator[tuple[str, Config]]:
    yield "code of entropy", replace(CODE, loss="bce of pixels", head="sigmoid")
    yield "code of dropped pixels", replace(CODE, prepare=partial(alter.drop_inputs, 0.3), activation="silu")
    yield "code, tied decoder", replace(CODE, prepare=alter.tie_decoder, activation="leaky")
    yield "code, l1", replace(CODE, loss="l1 of pixels", activation="gelu", steps=300, learns_below=0.9)


def _odd_losses() -> Iterator[tuple[str, Config]]:
    yield "squared error of softmax", replace(ADAM, head="softmax", loss="squared classes")
    yield "log softmax before cross entropy", replace(DIGITS, head="log_softmax")
    yield "focal loss", replace(CNN, loss="focal")
    yield "strongly smoothed", replace(ADAM, loss="strongly smoothed", learns_below=0.8)
    yield "summed loss, small rate", Config(loss="summed", lr=1e-3, activation="tanh")
    yield "weighted classes that are rare", replace(ADAM, damage="10 % zeros", loss="weighted", learns_below=0.8)
    yield "targets in hundreds", replace(FRIEDMAN, damage="targets in hundreds", lr=0.05, steps=400)
    yield "logarithm of softmax by hand", replace(WINE, head="softmax", loss="nll of log")


def _odd_inputs() -> Iterator[tuple[str, Config]]:
    yield "pixels to 16", replace(ADAM, data="digits", scaling="raw", batch=32, lr=1e-3)
    yield "pixels to 255, normed inside", replace(ADAM, scaling="raw", prepare=partial(alter.norm_inputs, 196))
    yield "raw wine, batch norm", replace(WINE, scaling="raw", norm="batch", lr=3e-3, steps=300)
    yield "signs of pixels", Config(scaling="signs", activation="hardtanh", lr=0.2, steps=200)
    yield "each pixel alone", replace(ADAM, scaling="each pixel alone")
    yield "inputs of mean 1", replace(CNN, scaling="plus 1")
    yield "inputs times 3, adam", replace(FRIEDMAN, scaling="times 3")


def _odd_steps() -> Iterator[tuple[str, Config]]:
    yield "warmup from zero", Config(schedule="warmup from zero", lr=0.2, steps=200)
    yield "restarts", replace(CNN, schedule="restarts", steps=200)
    yield "no step at first", replace(ROWS, schedule="late", steps=220)
    yield "gradient noise", replace(ADAM, prepare=partial(alter.noisy_gradients, 1.0))
    yield "each gradient clipped", Config(clip=0.1, lr=1.0, activation="tanh", steps=200)
    yield "half of the steps skipped", replace(ROWS, skip=_odd, steps=250)
    yield "loss times 100, small rate", replace(DIGITS, loss_scale=100.0, lr=1e-3)
    yield "decoupled decay 0.5", replace(ADAM, optimizer="adamw", decay=0.5)
    yield "resumed transformer, tiny rate", replace(ATTENTION, pretrain=150, lr=1e-5, optimizer="adamw")


def _odd_weights() -> Iterator[tuple[str, Config]]:
    yield "spectral norm", replace(ADAM, prepare=alter.spectral_norm, lr=1e-2, steps=300)
    yield "one layer three times", replace(ADAM, depth=4, prepare=alter.share_layers)
    yield "random embedding of letters", replace(TEXT, frozen="embed*", optimizer="nadam")
    yield "random recurrence", replace(ROWS, frozen="recurrent.weight_hh*", steps=250)
    yield "biases alone are tuned", replace(ADAM, pretrain=200, prepare=partial(freeze, "*weight"))
    yield "new head, lion", replace(DIGITS, pretrain=200, prepare=new_head, optimizer="lion", lr=3e-3, momentum=0.0)
    yield "a quarter of the channels dead", replace(CNN, width=24, prepare=partial(alter.dead_channels, 0.25))
    yield "zero head of numbers", replace(FRIEDMAN, prepare=partial(zero, "out*"), activation="mish")
    yield "biases of 1", replace(ADAM, prepare=partial(push_biases, 1.0), activation="relu6", data="digits")
    yield "frozen middle", replace(ADAM, depth=3, frozen="fc2*", width=64)


def _odd_sizes() -> Iterator[tuple[str, Config]]:
    yield "one sample a step", replace(FRIEDMAN, batch=1, optimizer="sgd", lr=3e-3, steps=800)
    yield "all samples a step", replace(ADAM, batch=2000, steps=80, lr=5e-3)
    yield "sixteen samples", Config(damage="16 samples", batch=4, optimizer="nesterov", momentum=0.9, lr=0.01)
    yield "three hidden units", replace(TUMOURS, width=3, lr=3e-2)


def _odd(step: int) -> bool:
    return step % 2 == 1
