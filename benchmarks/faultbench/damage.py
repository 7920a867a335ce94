"""What can happen to inputs and labels before a model sees them."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from benchmarks.faultbench.data import Data

Damage = Callable[[Data, Generator], Data]


def standardized(inputs: Tensor) -> Tensor:
    """Each feature of a table alone, pixels all together. Tokens stay what they are."""
    if not inputs.is_floating_point():
        return inputs
    over = 0 if inputs.dim() == 2 else tuple(range(inputs.dim()))
    return (inputs - inputs.mean(over, keepdim=True)) / inputs.std(over, keepdim=True).clamp_min(1e-6)


def one_huge_feature(inputs: Tensor) -> Tensor:
    """The first feature was measured in other units."""
    scaled = standardized(inputs).clone()
    scaled.flatten(1)[:, 0] *= 1e4
    return scaled


def each_pixel_alone(inputs: Tensor) -> Tensor:
    return (inputs - inputs.mean(0)) / inputs.std(0).clamp_min(1e-6)


SCALINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "standardized": standardized,
    "raw": lambda inputs: inputs,
    "unit": lambda inputs: inputs / inputs.max(),
    "constant": lambda inputs: torch.full_like(inputs, 0.5),
    "zeros": torch.zeros_like,
    "sparse": lambda inputs: inputs / inputs.max() * (inputs > 0.5 * inputs.max()),
    "tiny": lambda inputs: standardized(inputs) * 1e-4,
    "huge": lambda inputs: standardized(inputs) * 1e4,
    "one huge feature": one_huge_feature,
    "divided by a zero std": lambda inputs: (inputs - inputs.mean(0)) / inputs.std(0),
    "each pixel alone": each_pixel_alone,
    "-1 to 1": lambda inputs: inputs / inputs.max() * 2 - 1,
    "signs": lambda inputs: standardized(inputs).sign(),
    "logarithms of 1 + x": torch.log1p,
    "logarithms": torch.log,
    "times 3": lambda inputs: standardized(inputs) * 3,
    "times 30": lambda inputs: standardized(inputs) * 30,
    "times 0.01": lambda inputs: standardized(inputs) * 0.01,
    "plus 1": lambda inputs: standardized(inputs) + 1,
    "plus 100": lambda inputs: standardized(inputs) + 100,
    "flat": lambda inputs: standardized(inputs) * 0 + 1e-8 * standardized(inputs),
}


def not_finite_in(value: float, share: float = 0.01) -> Damage:
    """This share of the samples has one such feature."""

    def damage(data: Data, chance: Generator) -> Data:
        inputs = data.inputs.clone()
        chosen = torch.rand(len(inputs), generator=chance) < share
        inputs.flatten(1)[chosen, 3] = value
        return data._replace(inputs=inputs)

    return damage


def other_labels(share: float) -> Damage:
    """This share of the samples has the labels of others."""

    def damage(data: Data, chance: Generator) -> Data:
        targets = data.targets.clone()
        chosen = (torch.rand(len(targets), generator=chance) < share).nonzero()[:, 0]
        targets[chosen] = targets[chosen[torch.randperm(len(chosen), generator=chance)]]
        return data._replace(targets=targets)

    return damage


def rare(share: float) -> Damage:
    """Is it a zero or one of many others? Zeros are this rare; the rest are class 1."""

    def damage(data: Data, chance: Generator) -> Data:
        zeros, others = (data.targets == 0).nonzero()[:, 0], (data.targets != 0).nonzero()[:, 0]
        kept = torch.cat([zeros[: round(len(others) * share / (1 - share))], others])
        order = kept[torch.randperm(len(kept), generator=chance)]
        return data._replace(inputs=data.inputs[order], targets=(data.targets[order] != 0).long(), outputs=2)

    return damage


def few(samples: int) -> Damage:
    """So few that a model learns them by heart."""
    return lambda data, chance: data._replace(inputs=data.inputs[:samples], targets=data.targets[:samples])


def next_class_for_half(data: Data, chance: Generator) -> Data:
    """Half of the labels are one too high."""
    wrong = torch.rand(len(data.targets), generator=chance) < 0.5
    return data._replace(targets=(data.targets + wrong) % data.outputs)


def nan_targets(data: Data, chance: Generator) -> Data:
    """A hundredth of the targets is missing."""
    targets = data.targets.clone()
    targets[torch.rand(len(targets), generator=chance) < 0.01] = float("nan")
    return data._replace(targets=targets)


def outliers(data: Data, chance: Generator) -> Data:
    """A hundredth of the samples was measured in other units."""
    inputs = data.inputs.clone()
    inputs[torch.rand(len(inputs), generator=chance) < 0.01] *= 1e4
    return data._replace(inputs=inputs)


DAMAGES: dict[str, Damage] = {
    "NaN": not_finite_in(float("nan")),
    "much NaN": not_finite_in(float("nan"), 0.3),
    "inf": not_finite_in(float("inf")),
    "shuffled labels": other_labels(1.0),
    "few shuffled labels": other_labels(0.1),
    "noisy labels": other_labels(0.3),
    "very noisy labels": other_labels(0.4),
    "5 % zeros": rare(0.05),
    "10 % zeros": rare(0.1),
    "128 samples": few(128),
    "half of the labels off by one": next_class_for_half,
    "NaN in the targets": nan_targets,
    "outliers": outliers,
    "targets of neighbours": lambda data, chance: data._replace(targets=data.targets.roll(1, 0)),
    "16 samples": few(16),
    "targets in hundreds": lambda data, chance: data._replace(targets=data.targets * 100 + 300),
    "small targets": lambda data, chance: data._replace(targets=data.targets * 1e-2),
    "huge targets": lambda data, chance: data._replace(targets=data.targets * 1e4),
}
TRUE_LABELS_ARE_KNOWN = ("shuffled labels", "few shuffled labels", "noisy labels", "very noisy labels",
                         "half of the labels off by one", "NaN in the targets", "targets of neighbours")  # fmt: skip
