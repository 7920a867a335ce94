"""Three networks in training side by side, with every layer's gradient watched."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.board import Board, layout
from torchdemos.diagnosis import Finding
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import gradient_pictures, overview
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.gradient_pictures import decades, log10
from torchdemos.lab.experiments import gradient_factor
from torchdemos.lab.experiments.gradient_factor import Start
from torchdemos.lab.training import accuracy, batches, train
from torchdemos.log import tags
from torchdemos.watching.look import Look
from torchdemos.watching.schedules import spaced
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import watch

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
    mean_square: float
    curves: dict[str, list[float]] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)
    profiles: dict[int, list[float]] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    accuracy: float = math.nan


def build(config: GradientFlow, board: Board, start: Start, images: Tensor) -> Net:
    """The first of the networks that were measured, watched by a board of its own; theory gets one beside it."""
    model = gradient_factor.network(start, config.depth, config.width, config.seed, images.device)
    mean_square = float(images.double().square().mean())
    own, theirs = board.variant(start.name), board.variant(theory_run(start))
    own.show(layout.session_start({"activation": start.activation, "weight_variance": start.weight_variance}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, LOOKS))
    return Net(start, model, optimizer, own, theirs, watch(model, own, looks.__contains__, nn.Linear), mean_square)


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
        net.theory.log(step, scalars=predicted(net, look))
        known = {finding.kind for finding in net.findings.values()}
        new = [finding for finding in net.around.findings(net.losses) if finding.kind not in known]
        net.findings |= {f"{net.start.name}, from step {step}": finding for finding in new[:1]}


def predicted(net: Net, look: Look) -> dict[str, float]:
    """What theory expects of each hidden layer at this look: log10 of its gradient norm among random weights of the
    size they have by now. As before training it starts from what the last of them measured."""
    norms = [numbers["norm"] for name, numbers in look.parameters.items() if not name.startswith("out.")]
    names = [tags.layer(i, key, len(look.activations)) for i, key in enumerate(look.gradients)]
    width = len(net.model.get_parameter("fc1.bias"))
    logs = gradient_factor.predict_now(net.start.activation, norms, width, net.mean_square)
    anchor = net.profiles[look.step][-2]
    found = {name: anchor + ln / math.log(10) for name, ln in zip(names, logs, strict=False)}
    return {f"{tags.GRADIENT_NORM}/{name}": log for name, log in found.items() if math.isfinite(log)}


def look_at_all(board: Board, nets: Sequence[Net], step: int, images: Tensor, labels: Tensor) -> None:
    """Layers x steps so far in one colour range, and how much each network has learned."""
    limits = decades(log for net in nets for profile in net.profiles.values() for log in profile)
    for net in nets:
        net.accuracy = accuracy(net.model, images, labels)
        heatmap = gradient_pictures.layers_x_steps(net.start.name, net.profiles, limits)
        net.board.log(step, scalars={tags.ACCURACY: net.accuracy}, pictures={tags.GRADIENT_HEATMAP: heatmap})
    together = gradient_pictures.side_by_side({net.start.name: net.profiles for net in nets}, limits)
    board.log(step, pictures={tags.GRADIENT_HEATMAP: together})
