"""What is the chain rule in gradient flow? A product over layers, so it can vanish or explode with depth."""

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.board import Board, layout, links, tags
from torchdemos.chain_rule import chain
from torchdemos.claims import Claim
from torchdemos.data import Digits, standardize
from torchdemos.demos import gradient_pictures, overview, readme
from torchdemos.demos.configs import GradientFlow
from torchdemos.demos.gradient_pictures import decades, log10
from torchdemos.demos.result import Result
from torchdemos.diagnosis import Finding
from torchdemos.evidence import Track, untracked
from torchdemos.experiments import gradient_factor
from torchdemos.experiments.gradient_factor import Start, gradient_norms
from torchdemos.training import accuracy, batches, spaced, train
from torchdemos.watching import Watch, watch

QUESTION = "What is the chain rule? A layer's gradient is the product of all later layers' factors."
TAB = "timeseries"
PROBE = 256  # digits on which the first gradient is measured

VANISH = Start("0_vanish", "sigmoid", "sigmoid", 1.0, 1.0, "Schoenholz et al. 2017")
FLOW = Start("1_flow", "critical tanh", "tanh", 1.76, 0.05, "Schoenholz et al. 2017")
EXPLODE = Start("2_explode", "tanh, weights x3", "tanh", 16.0, 0.05, "Schoenholz et al. 2017")
HE = Start("he", "He ReLU", "relu", 2.0, 0.0, "He et al. 2015")
TRAINED = (VANISH, FLOW, EXPLODE)

LAYOUT: dict[str, layout.Charts] = {
    "gradient by layer, before training": {"measured and theory; the axis is the layer": [tags.GRADIENT_BY_LAYER]},
    "gradient over training": {
        "median, smallest and largest layer, log10": (
            f"{tags.GRADIENT_SUMMARY}/median",
            f"{tags.GRADIENT_SUMMARY}/min",
            f"{tags.GRADIENT_SUMMARY}/max",
        )
    },
}


def run(config: GradientFlow, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """Predict the factor of a layer, measure it, multiply the factors by hand, then train and watch."""
    config.validate()
    write_readme(config, board, digits)
    probe = standardize(digits.train_images[:PROBE]), digits.train_labels[:PROBE]

    starts = track((*TRAINED, HE), "measuring factors", len(TRAINED) + 1)
    seeds = range(config.seed, config.seed + config.repeats)
    factors = [gradient_factor.claim(start, config.depth, config.width, seeds, *probe) for start in starts]
    nets = [build(config, board, start, probe[0].device) for start in TRAINED]
    products = [multiply(config, net, *probe) for net in nets]
    draw_products(nets)
    for _ in track(train_side_by_side(config, board, nets, digits), "training", config.steps):
        pass
    for net in nets:
        overview.close(net.board, config.steps, net.losses, net.accuracy)
    findings = {where: finding for net in nets for where, finding in net.findings.items()}
    return Result([*factors, *products], verdict(nets, factors), findings)


def pins(config: GradientFlow) -> list[links.Pin]:
    """The cards that answer the question."""
    return [
        ("scalars", tags.GRADIENT_BY_LAYER, None),
        ("images", tags.GRADIENT_HEATMAP, "."),
        ("scalars", tags.LOSS_CAPPED, None),
        ("images", tags.CHAIN_RULE, VANISH.name),
    ]


def write_readme(config: GradientFlow, board: Board, digits: Digits) -> None:
    glance = "every layer's gradient before training (the axis is the layer) on its theory, the loss, layers x steps"
    product = "one factor a layer and their product: by theory, by hand, by the hooks"
    sights = [
        ("The answer at a glance", glance, links.first_view(pins(config))),
        ("Layers x steps", "each network large, in one colour range", links.pictures(tags.GRADIENT_HEATMAP)),
        ("The chain rule", product, links.pictures(tags.CHAIN_RULE)),
        ("Measured and theory", "the first chart again, without smoothing", links.custom_scalars()),
    ]
    runs = [(s.name, f"{s.about}: weights of variance {s.weight_variance:g} / fan-in") for s in TRAINED]
    runs += [(theory_run(s), f"{s.name} as mean-field theory predicts it") for s in TRAINED]
    board.show(layout.custom_scalars(LAYOUT), layout.experiment(["activation", "weight_variance"], overview.FINAL))
    readme.write(board, QUESTION, sights, runs, digits.source, config)


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
    looks = set(spaced(config.steps, 64))
    return Net(start, model, optimizer, own, theirs, watch(model, own, looks.__contains__, nn.Linear))


def theory_run(start: Start) -> str:
    """`0.theory` beside `0_vanish`."""
    return f"{start.name[0]}.theory"


# The chain rule by hand: one factor a layer, and their product.


def multiply(config: GradientFlow, net: Net, images: Tensor, labels: Tensor) -> Claim:
    """Multiply the factors by hand and hold the product against what autograd gave the hooks."""
    measured = gradient_norms(copy.deepcopy(net.model), images, labels)
    factors = chain(net.model, images, labels)
    predicted = [
        log10(measured[-2]) + ln / math.log(10) for ln in gradient_factor.predict(net.start, config.depth, images)
    ]
    net.curves = {
        "mean-field theory": predicted,
        "product of factors": [log10(link.product) for link in factors],
        "measured by hooks": [log10(norm) for norm in measured],
    }
    # TensorBoard takes any integer for a step: the axis of these charts is the layer.
    for layer, (log, link) in enumerate(zip(net.curves["measured by hooks"], factors, strict=True), start=1):
        net.board.log(layer, scalars={tags.GRADIENT_BY_LAYER: log, tags.FACTOR_BY_LAYER: link.factor})
    for layer, log in enumerate(net.curves["mean-field theory"], start=1):
        net.theory.log(layer, scalars={tags.GRADIENT_BY_LAYER: log})
    name = f"all {len(factors)} factors, {net.start.about}"
    return Claim(name, "their product = layer 1's gradient", factors[0].product, measured[0], 1e-6)


def draw_products(nets: Sequence[Net]) -> None:
    """Theory, product and measurement by layer, all networks on one scale."""
    limits = decades(log for net in nets for curve in net.curves.values() for log in curve)
    for net in nets:
        net.board.log(0, pictures={tags.CHAIN_RULE: gradient_pictures.by_layer(net.start.name, net.curves, limits)})


# Train them side by side and watch every layer.


def train_side_by_side(config: GradientFlow, board: Board, nets: Sequence[Net], digits: Digits) -> Iterator[int]:
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


def verdict(nets: Sequence[Net], factors: Sequence[Claim]) -> str:
    """What depth did to the gradient, and what that did to learning."""
    ends = "; ".join(
        f"10^{net.profiles[0][0] - net.profiles[0][-1]:+.1f} in {net.start.name}, ending at {_share(net.accuracy)}"
        for net in nets
    )
    said = f"Depth multiplies. From the last layer to the first the gradient became {ends}. Guessing gets 10%."
    if all(claim.holds for claim in factors):
        return said
    return f"{said} A factor off its theory: that is for wide, deep networks; few, narrow or shallow ones scatter."


def _share(accuracy: float) -> str:
    return f"{accuracy:.0%} accuracy" if math.isfinite(accuracy) else "outputs that are not numbers"
