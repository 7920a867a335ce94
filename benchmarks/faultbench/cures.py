"""What somebody who follows an advice changes in a configuration."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.faultbench.config import Config

Cure = Callable[[Config, Config], Config]  # of the faulty configuration and of what its author had meant


def corrected(*fields: str) -> Cure:
    """The advice points at a mistake, and its author sees it: what was meant is put there."""
    return lambda faulty, meant: replace(faulty, **{field: getattr(meant, field) for field in fields})


def changed(**fields: object) -> Cure:
    """The advice names a choice."""
    return lambda faulty, meant: replace(faulty, **fields)  # type: ignore[arg-type]


def scaled(field: str, factor: float) -> Cure:
    """The advice names a direction, and it is followed step by step."""
    return lambda faulty, meant: replace(faulty, **{field: getattr(faulty, field) * factor})


def usual_start(faulty: Config, meant: Config) -> Config:
    """He's for ReLU and its kin, Xavier's for what saturates."""
    init = "xavier" if faulty.activation in ("tanh", "sigmoid") else "he"
    return replace(faulty, init=init, gain=1.0, prepare=None)


def normalized(faulty: Config, meant: Config) -> Config:
    return replace(faulty, norm="batch" if faulty.model == "cnn" else "layer")


CURES: dict[str, Cure] = {  # phrases of advice; the one that comes first in it is followed
    "lower the learning rate": scaled("lr", 0.1),
    "raise the learning rate": scaled("lr", 10.0),
    "learning rate is not 0": corrected("lr"),
    "check the schedule": corrected("schedule"),
    "zero_grad": corrected("zero_grad"),
    "detach": corrected("cut"),
    "requires_grad": corrected("frozen"),
    "give the optimizer": corrected("trained"),
    "scale the input": changed(scaling="standardized"),
    "look at one batch": corrected("scaling", "damage"),
    "missing values": corrected("scaling", "damage"),
    "model.train()": corrected("frozen_norms"),
    "lower p": changed(dropout=0.2),
    "weight_decay": scaled("decay", 0.1),
    "logits": corrected("head", "loss"),
    "nll_loss": corrected("head", "loss"),
    "check the sign": corrected("loss"),
    "labels": corrected("damage"),
    "clip the gradient": changed(clip=1.0),
    "clip at": changed(clip=1.0),
    "take it away": corrected("head"),
    "take the activation away": corrected("head"),
    "one shape": corrected("loss"),
    "initialize the weights randomly": changed(init="default", gain=1.0),
    "initialize the weights smaller": usual_start,
    "initialized": usual_start,
    "he initialization": usual_start,
    "xavier initialization": usual_start,
    "relu with he": changed(activation="relu", init="he", gain=1.0),
    "weights of 0": usual_start,
    "leakyrelu": changed(activation="leaky"),
    "normalization": normalized,
    "skip connections": changed(residual=True),
    "float16": changed(half=False),
    "sqrt": corrected("head", "loss", "scaling"),
    "log or division": corrected("head", "loss", "scaling"),
    "divisions": corrected("head", "loss", "scaling"),
    "log, sqrt": corrected("head", "loss", "scaling"),
}
STEPWISE = ("lower the learning rate", "raise the learning rate", "weight_decay")


def first_phrase(advice: str) -> str:
    """The phrase that comes first in an advice; "" if it has none of them."""
    places = {phrase: advice.lower().find(phrase) for phrase in CURES}
    found = [phrase for phrase, place in places.items() if place >= 0]
    return min(found, key=lambda phrase: (places[phrase], -len(phrase)), default="")


def followed(phrase: str, faulty: Config, meant: Config, times: int) -> Config:
    """The configuration after following an advice so often."""
    for _ in range(times):
        faulty = CURES[phrase](faulty, meant)
    return faulty
