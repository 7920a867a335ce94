"""Three networks in training side by side, with every layer's gradient watched."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from torchdemos.board import Board
from torchdemos.board.layout import session_start
from torchdemos.diagnosis import Finding
from torchdemos.lab.chain_rule import Link
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import gradient_pictures, overview, side_by_side
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.display import tagged
from torchdemos.lab.demos.gradient_pictures import HEATMAP, log10, whole_decades
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.lab.experiments import gradient_factor
from torchdemos.lab.experiments.gradient_factor import Start
from torchdemos.lab.training import accuracy
from torchdemos.log import tags
from torchdemos.watching.look import Look
from torchdemos.watching.schedules import spaced
from torchdemos.watching.watch import watch

LOOKS = 40


@dataclass
class DeepNetwork:
    """A variant in training, the start and the board of its theory, and its gradients in logarithms to base 10.

    `before` holds the gradient norm of every layer before training, by source, and `links` the factors that make it;
    `profiles` holds it at each look, by step. `mean_square` is that of the inputs.
    """

    variant: Variant
    start: Start
    theory: Board
    mean_square: float
    before: dict[str, list[float]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    profiles: dict[int, list[float]] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)


def build(config: GradientFlow, board: Board, start: Start, images: Tensor) -> DeepNetwork:
    """The first of the networks that were measured, on a board of its own, with a board for theory beside it."""
    model = gradient_factor.network(start, config.depth, config.width, config.seed, images.device)
    mean_square = float(images.double().square().mean())
    own, theory = board.variant(start.name), board.variant(theory_run(start))
    own.show(session_start({"activation": start.activation, "weight_variance": start.weight_variance}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, LOOKS))
    variant = Variant(start.name, model, optimizer, own, watch(model, own, looks.__contains__, nn.Linear, alert=None))
    return DeepNetwork(variant, start, theory, mean_square)


def theory_run(start: Start) -> str:
    """`0.theory` beside `0_vanish`."""
    return f"{start.name[0]}.theory"


def train_and_log(config: GradientFlow, board: Board, networks: Sequence[DeepNetwork], digits: Digits) -> Iterator[int]:
    """Train all networks side by side, log every step and look, and now and then draw all gradients so far."""
    images, labels = standardize(digits.train_images), digits.train_labels
    test = standardize(digits.test_images), digits.test_labels
    variants, drawn = [network.variant for network in networks], set(spaced(config.steps))
    for step in side_by_side.train(variants, images, labels, config.batch, config.steps, config.seed):
        for network in networks:
            log_step(network, step)
        if step in drawn:
            draw_all(board, networks, step, *test)
        yield step
    side_by_side.close(variants, config.steps)


def log_step(network: DeepNetwork, step: int) -> None:
    """Log the loss; after a look, keep the gradient of every layer and the findings that are new."""
    variant = network.variant
    variant.board.log(step, scalars=overview.loss_scalars(variant.losses))
    look = variant.watch.last
    if look is not None and look.step == step:
        network.profiles[step] = [log10(gradient["norm"]) for gradient in look.gradients.values()]
        network.theory.log(step, scalars=predicted(network, look))
        known = {finding.kind for finding in network.findings.values()}
        new = [finding for finding in side_by_side.alarms(variant) if finding.kind not in known]
        network.findings |= {f"{variant.name}, from step {step}": finding for finding in new[:1]}


def predicted(network: DeepNetwork, look: Look) -> dict[str, float]:
    """Predict log10 of the gradient norm of each hidden layer, for random weights as large as they are at this look.

    Like the prediction before training it starts from the measured norm of the last hidden layer.
    """
    norms = [numbers["norm"] for name, numbers in look.parameters.items() if not name.startswith("out.")]
    names = [tags.layer(i, key, len(look.activations)) for i, key in enumerate(look.gradients)]
    width = len(network.variant.model.get_parameter("fc1.bias"))
    logs = gradient_factor.predict_now(network.start.activation, norms, width, network.mean_square)
    anchor = network.profiles[look.step][-2]
    found = {name: anchor + ln / math.log(10) for name, ln in zip(names, logs, strict=False)}
    return {f"{tags.GRADIENT_NORM}/{name}": log for name, log in found.items() if math.isfinite(log)}


def draw_all(board: Board, networks: Sequence[DeepNetwork], step: int, images: Tensor, labels: Tensor) -> None:
    """Draw layers x steps so far, in one colour range, and log how much each network has learned."""
    limits = whole_decades(log for network in networks for profile in network.profiles.values() for log in profile)
    for network in networks:
        variant = network.variant
        variant.accuracy = accuracy(variant.model, images, labels)
        heatmap = gradient_pictures.draw_heatmap(variant.name, network.profiles, limits)
        variant.board.log(step, scalars={tags.ACCURACY: variant.accuracy}, pictures=tagged({HEATMAP: heatmap}))
    profiles = {network.variant.name: network.profiles for network in networks}
    board.log(step, pictures=tagged({HEATMAP: gradient_pictures.draw_heatmaps(profiles, limits)}))
