"""From a configuration to its data and its model."""

from collections.abc import Callable

import torch
from torch import nn

from benchmarks.faultbench import data as data_sets
from benchmarks.faultbench import models
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.damage import DAMAGES, SCALINGS, TRUE_LABELS_ARE_KNOWN
from benchmarks.faultbench.data import Data
from benchmarks.faultbench.initial import initialize
from benchmarks.faultbench.optimizers import matches
from benchmarks.faultbench.sequences import Bag, Recurrent, Transformer

MODELS: dict[str, Callable[[Config, Data], nn.Module]] = {
    "mlp": models.mlp,
    "cnn": models.cnn,
    "dropped layers": models.dropped_layers,
    "functional": models.functional,
    "towers": models.towers,
    "linear": models.linear,
    "autoencoder": models.autoencoder,
    "lstm": Recurrent,
    "gru": Recurrent,
    "rnn": Recurrent,
    "bag": Bag,
    "transformer": Transformer,
}


def build_data(config: Config, seed: int) -> tuple[Data, Data]:
    """What the model trains on, and what its answers are judged by: finite, with the true labels."""
    chance = torch.Generator().manual_seed(seed)
    found = data_sets.load(config.data)
    damaged = DAMAGES[config.damage](found, chance) if config.damage else found
    judged = found if config.damage in ("NaN", "much NaN", "inf", *TRUE_LABELS_ARE_KNOWN) else damaged
    scale = SCALINGS[config.scaling]
    return _scaled(damaged, found, scale), judged._replace(inputs=scale(judged.inputs))


def _scaled(data: Data, clean: Data, scale: Callable[[torch.Tensor], torch.Tensor]) -> Data:
    """A mean over NaN would be NaN for every sample, so broken values stand in scaled data where they stood."""
    if not data.inputs.is_floating_point() or data.inputs.isfinite().all():
        return data._replace(inputs=scale(data.inputs))
    return data._replace(inputs=torch.where(data.inputs.isfinite(), scale(clean.inputs), data.inputs))


def build_model(config: Config, data: Data) -> nn.Module:
    """Draws from the global random state."""
    model = MODELS[config.model](config, data)
    initialize(model, config.init, config.gain)
    for name, parameter in model.named_parameters():
        if matches(name, config.frozen):
            parameter.requires_grad_(False)
    return model.half() if config.half else model
