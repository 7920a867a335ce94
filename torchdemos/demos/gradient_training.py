"""Three networks in training side by side, with every layer's gradient watched."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.around import Watch
from torchdemos.board import Board, layout, tags
from torchdemos.data import Digits, standardize
from torchdemos.demos import gradient_pictures, overview
from torchdemos.demos.configs import GradientFlow
from torchdemos.demos.gradient_pictures import decades, log10
from torchdemos.diagnosis import Finding
from torchdemos.experiments import gradient_factor
from torchdemos.experiments.gradient_factor import Start
from torchdemos.training import accuracy, batches, spaced, train
from torchdemos.watching import watch

LOOKS = 40


@dataclass
class Net:
    """A network in training, the boards it writes to, and what has been seen of it."""

    start: Start
    model: nn.Sequential
    optimizer: torch.optim.Optimizer
    board: Board
    theory: Board
    around: Watch
    curves: dict[str, list[float]] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)
    profiles: dict[int, list[float]] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    accuracy: float = math.nan


def build(config: GradientFlow, board: Board, start: Start, device: torch.device) -> Net:
    """The first of the networks that were measured, watched by a board of its own."""
    model = gradient_factor.network(start, config.depth, config.width, config.seed, device)
    own, theirs = board.variant(start.name), board.variant(theory_run(start))
    own.show(layout.session_start({"activation": start.activation, "weight_variance": start.weight_variance}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, LOOKS))
    return Net(start, model, optimizer, own, theirs, watch(model, own, looks.__contains__, nn.Linear))


def theory_run(start: Start) -> str:
    """`0.theory` beside `0_vanish`."""
    return f"{start.name[0]}.theory"


def side_by_side(config: GradientFlow, board: Board, nets: Sequence[Net], digits: Digits) -> Iterator[int]:
    """One step of every network in turn, so that TensorBoard shows them grow together."""
    images, labels = standardize(digits.train_images), digits.train_labels
    test = standardize(digits.test_images), digits.test_labels
    runs = []
    for net in nets:
        shuffled = batches(images, labels, config.batch, config.steps, config.seed)
        runs.append(train(net.model, shuffled, cross_entropy, net.optimizer, net.around))
    drawn = set(spaced(config.steps))
    for step, losses in enumerate(zip(*runs, strict=True)):
        for net, (_, loss) in zip(nets, losses, strict=True):
            after_step(net, step, float(loss))
        if step in drawn:
            look_at_all(board, nets, step, *test)
        yield step
    for net in nets:
        overview.close(net.board, config.steps, net.losses, net.accuracy)


def after_step(net: Net, step: int, loss: float) -> None:
    """Log the loss; at a look, keep the gradient of every layer and what is new in the diagnosis."""
    net.losses.append(loss)
    net.board.log(step, scalars=overview.loss_scalars(net.losses))
    look = net.around.last
    if look is not None and look.step == step:
        net.profiles[step] = [log10(gradient["norm"]) for gradient in look.gradients.values()]
        known = {finding.kind for finding in net.findings.values()}
        new = [finding for finding in net.around.findings(net.losses) if finding.kind not in known]
        net.findings |= {f"{net.start.name}, from step {step}": finding for finding in new[:1]}


def look_at_all(board: Board, nets: Sequence[Net], step: int, images: Tensor, labels: Tensor) -> None:
    """Layers x steps so far in one colour range, and how much each network has learned."""
    limits = decades(log for net in nets for profile in net.profiles.values() for log in profile)
    for net in nets:
        net.accuracy = accuracy(net.model, images, labels)
        heatmap = gradient_pictures.layers_x_steps(net.start.name, net.profiles, limits)
        net.board.log(step, scalars={tags.ACCURACY: net.accuracy}, pictures={tags.GRADIENT_HEATMAP: heatmap})
    together = gradient_pictures.side_by_side({net.start.name: net.profiles for net in nets}, limits)
    board.log(step, pictures={tags.GRADIENT_HEATMAP: together})
