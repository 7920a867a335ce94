"""Sound runs: each learns, which is measured before it counts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.faultbench.config import Config

DEEP = Config(init="he", optimizer="adam", lr=1e-3, width=40, steps=150)
TABLE = Config(data="breast_cancer", loss="bce", lr=0.1, batch=32, width=32)
NUMBERS = Config(data="diabetes", loss="mse", optimizer="adam", lr=3e-3, batch=32, width=32, learns_below=0.8)
SEQUENCE = Config(data="digits", model="lstm", depth=1, optimizer="adam", lr=1e-2, batch=32, width=32, steps=150)
TRANSFORMER = Config(
    data="digits", model="transformer", optimizer="adamw", lr=3e-3, batch=32, width=32, steps=120, depth=1
)
LANGUAGE = Config(
    data="text", model="transformer", loss="characters", optimizer="adamw", lr=3e-3, depth=1, width=32, batch=16,
    learns_below=0.9,
)  # fmt: skip
CNN = Config(model="cnn", width=12, lr=0.1)
CODE = Config(data="mnist_pictures", model="autoencoder", depth=1, loss="mse of pixels", optimizer="adam", lr=3e-3,
              learns_below=0.75)  # fmt: skip
FRIEDMAN = replace(NUMBERS, data="friedman", learns_below=0.6)

RATES = {  # around a good learning rate of each optimizer, a third and three times of it
    "sgd": (0.03, 0.1, 0.3),
    "adam": (3e-4, 1e-3, 3e-3, 1e-2),
    "adamw": (1e-3, 3e-3),
    "rmsprop": (3e-4, 1e-3, 3e-3),
    "adagrad": (1e-2, 3e-2),
    "nadam": (1e-3, 3e-3),
    "radam": (3e-3, 1e-2),
}
ACTIVATIONS = ("relu", "leaky", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "softplus", "mish", "prelu")


def healthy() -> dict[str, Config]:
    """All by name."""
    return dict([*_ways_to_train(), *_mlps(), *_deep(), *_cnns(), *_tables(), *_numbers(), *_sequences(), *_codes()])


def each(name: str, config: Config, field: str, values: tuple[Any, ...]) -> Iterator[tuple[str, Config]]:
    """The configuration with each of these values."""
    for value in values:
        yield f"{name}, {field} {value}", replace(config, **{field: value})


def _ways_to_train() -> Iterator[tuple[str, Config]]:
    for optimizer, rates in RATES.items():
        for model in (Config(), replace(CNN, steps=100)):
            yield from each(f"{model.model}, {optimizer}", replace(model, optimizer=optimizer), "lr", rates)
    momentum = Config(momentum=0.9, lr=0.03)
    yield from each("momentum", momentum, "lr", (0.01, 0.03, 0.1))
    yield from each("mlp", replace(Config(), steps=200), "batch", (8, 16, 32, 128, 256))
    yield from each("cnn adam", replace(CNN, optimizer="adam", lr=3e-3), "batch", (8, 32, 256))
    yield from each("mlp", Config(), "decay", (1e-5, 1e-4, 1e-3, 3e-3))
    yield from each("mlp adamw", Config(optimizer="adamw", lr=3e-3), "decay", (0.01, 0.1))
    yield from each("momentum", momentum, "schedule", ("cosine", "warmup", "halving"))
    yield from each("cnn adam", replace(CNN, optimizer="adam", lr=3e-3), "schedule", ("cosine", "warmup"))
    yield from each("mlp", Config(steps=150), "clip", (0.5, 1.0, 5.0))
    yield from each("mlp", Config(batch=16), "accumulate", (2, 4))
    yield from each("mlp", Config(steps=200), "every", (2, 10))
    yield from each("cnn", replace(CNN, steps=200, momentum=0.9, lr=0.03), "every", (5,))


def _mlps() -> Iterator[tuple[str, Config]]:
    yield from each("mlp adam", Config(optimizer="adam", lr=3e-3), "activation", ACTIVATIONS)
    yield from each("mlp", Config(depth=1, lr=0.3), "activation", ("relu", "tanh", "sigmoid", "gelu"))
    yield from each("mlp", Config(steps=150), "dropout", (0.1, 0.3, 0.5))
    yield from each("mlp", Config(), "norm", ("batch", "layer"))
    yield from each("mlp", Config(), "init", ("he", "xavier", "orthogonal"))
    yield from each(
        "mlp", Config(lr=0.5, steps=250), "loss", ("smoothed", "one against all", "squared classes", "hinge")
    )
    yield "mlp, log softmax and nll", Config(head="log_softmax", loss="nll")
    yield "mlp, pixels 0 to 1", Config(scaling="unit", lr=0.3, steps=250)
    yield "mlp, pixels 0 to 1, adam", Config(scaling="unit", optimizer="adam", lr=3e-3)
    yield "linear", Config(model="linear", lr=0.03)
    yield from each("functional", Config(model="functional"), "activation", ("relu", "tanh", "gelu", "elu"))
    yield "functional, log softmax and nll", Config(model="functional", head="log_softmax", loss="nll")
    yield from each("towers", Config(model="towers"), "depth", (2, 4))
    yield from each("digits", Config(data="digits", batch=32), "width", (8, 16, 64))
    yield "digits, momentum", Config(data="digits", batch=32, momentum=0.9, lr=0.03)


def _deep() -> Iterator[tuple[str, Config]]:
    yield from each("relu, He, adam", DEEP, "depth", (3, 5, 8, 12))
    yield from each("relu, He, sgd", replace(DEEP, optimizer="sgd", lr=0.05), "depth", (3, 5, 8))
    tanh = replace(DEEP, init="xavier", activation="tanh")
    yield from each("tanh, Xavier, adam", tanh, "depth", (3, 5, 10))
    yield from each(
        "tanh, orthogonal, sgd", replace(tanh, init="orthogonal", optimizer="sgd", lr=0.03), "depth", (5, 20)
    )
    yield from each("layer norm", replace(DEEP, norm="layer"), "depth", (5, 10, 20))
    yield from each("batch norm", replace(DEEP, norm="batch", lr=3e-3), "depth", (5, 10))
    skip = replace(DEEP, residual=True, init="default")
    yield from each("residual", skip, "depth", (5, 10, 20, 30))
    yield from each("residual, layer norm", replace(skip, norm="layer"), "depth", (10, 30))
    yield from each("residual, sgd", replace(skip, optimizer="sgd", lr=0.03), "depth", (5, 10, 20))
    yield "selu, 10 deep", replace(DEEP, activation="selu", init="normal", gain=40**-0.5, depth=10)
    yield "leaky, 8 deep", replace(DEEP, activation="leaky", depth=8)


def _cnns() -> Iterator[tuple[str, Config]]:
    adam = replace(CNN, optimizer="adam", lr=3e-3)
    yield from each("cnn adam", adam, "activation", ("relu", "gelu", "silu", "tanh", "elu", "leaky"))
    yield from each("cnn adam", adam, "depth", (1, 3, 4))
    yield from each("cnn", replace(CNN, depth=3), "norm", ("batch", "group"))
    yield from each("cnn residual", replace(adam, residual=True, steps=80, lr=1e-3), "depth", (3, 6))
    yield "cnn residual, batch norm", replace(CNN, residual=True, norm="batch", depth=5, steps=80)
    yield "cnn, dropout", replace(adam, dropout=0.2)
    yield "cnn, batch norm, batches of 16", replace(CNN, norm="batch", batch=16)
    yield "cnn of digits", replace(adam, data="digits")


def _tables() -> Iterator[tuple[str, Config]]:
    yield from each("binary", TABLE, "depth", (1, 2, 4))
    yield from each(
        "binary, adam", replace(TABLE, optimizer="adam", lr=1e-2), "activation", ("relu", "tanh", "sigmoid")
    )
    yield "binary, sigmoid and bce", replace(TABLE, loss="bce of sigmoid")
    yield "binary, batch norm", replace(TABLE, norm="batch")
    yield "logistic regression", replace(TABLE, model="linear")
    wine = Config(data="wine", batch=16, width=32)
    yield from each("wine", wine, "activation", ("relu", "tanh", "silu"))
    yield from each("wine, adam", replace(wine, optimizer="adam"), "lr", (3e-3, 1e-2))
    yield "wine, batch norm", replace(wine, norm="batch")


def _numbers() -> Iterator[tuple[str, Config]]:
    yield from each("diabetes", NUMBERS, "loss", ("mse", "huber", "l1"))
    yield "diabetes, linear", replace(NUMBERS, model="linear", lr=1e-2)
    yield from each("friedman", FRIEDMAN, "activation", ("relu", "tanh", "gelu", "silu"))
    yield from each("friedman", FRIEDMAN, "depth", (1, 3, 5))
    yield from each("friedman, sgd", replace(FRIEDMAN, optimizer="sgd", momentum=0.9), "lr", (0.01, 0.03))
    yield "friedman, dropout", replace(FRIEDMAN, dropout=0.1)
    yield "friedman, layer norm", replace(FRIEDMAN, norm="layer")


def _sequences() -> Iterator[tuple[str, Config]]:
    yield from each("rows", SEQUENCE, "model", ("lstm", "gru", "rnn"))
    yield from each("rows, two layers", replace(SEQUENCE, depth=2), "model", ("lstm", "gru"))
    yield "rows of mnist, lstm", replace(SEQUENCE, data="mnist")
    yield "rows of mnist, gru, clipped", replace(SEQUENCE, data="mnist", model="gru", clip=1.0)
    yield from each("transformer", TRANSFORMER, "depth", (1, 2, 4))
    yield "transformer, norm after", replace(TRANSFORMER, norm="post", lr=1e-3, depth=2)
    yield "transformer, gelu, dropout", replace(TRANSFORMER, activation="gelu", dropout=0.1)
    yield "transformer, warmup", replace(TRANSFORMER, schedule="warmup", depth=2)
    yield "bag of tokens", Config(data="digit_tokens", model="bag", optimizer="adam", lr=1e-2, width=32, batch=32)
    yield from each("language", LANGUAGE, "depth", (1, 2))
    yield from each("language", replace(LANGUAGE, lr=1e-2), "model", ("lstm", "gru"))


def _codes() -> Iterator[tuple[str, Config]]:
    yield from each("autoencoder", CODE, "activation", ("relu", "gelu", "tanh", "elu"))
    yield from each("autoencoder", replace(CODE, steps=200), "depth", (2, 3))
    yield "autoencoder, sigmoid pixels", replace(CODE, head="sigmoid")
    yield "autoencoder, momentum", replace(CODE, optimizer="sgd", lr=1.0, momentum=0.9, steps=200)
