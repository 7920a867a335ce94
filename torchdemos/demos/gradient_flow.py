"""What is the chain rule in gradient flow? A product over layers, so it can vanish or explode with depth."""

import copy
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.board import Board, layout, links, tags
from torchdemos.chain_rule import chain
from torchdemos.claims import Claim
from torchdemos.data import Digits, standardize
from torchdemos.demos import gradient_factor, overview, readme
from torchdemos.demos.configs import GradientFlow
from torchdemos.demos.gradient_factor import Start, gradient_norms
from torchdemos.demos.result import Result, Track, untracked
from torchdemos.diagnosis import Finding
from torchdemos.training import accuracy, batches, spaced, train
from torchdemos.watching import Watch, watch

QUESTION = "What is the chain rule? A layer's gradient is the product of all later layers' factors."
TAB = "timeseries"
PROFILE = "1_overview/log10_gradient_by_layer"
FACTOR = "3_chain_rule/factor_by_layer"
HEATMAP = f"{tags.PICTURE}/1_gradient_layers_x_steps"
PRODUCT = f"{tags.PICTURE}/2_chain_rule"
PROBE = 256  # digits on which the first gradient is measured

VANISH = Start("0_vanish", "sigmoid", "sigmoid", 1.0, 1.0, "Schoenholz et al. 2017")
FLOW = Start("1_flow", "critical tanh", "tanh", 1.76, 0.05, "Schoenholz et al. 2017")
EXPLODE = Start("2_explode", "tanh, weights x3", "tanh", 16.0, 0.05, "Schoenholz et al. 2017")
HE = Start("he", "He ReLU", "relu", 2.0, 0.0, "He et al. 2015")
TRAINED = (VANISH, FLOW, EXPLODE)

LAYOUT: dict[str, layout.Charts] = {
    "gradient by layer, before training": {"measured and theory; the axis is the layer": [PROFILE]},
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
    write_readme(config, board, digits)
    images, labels = standardize(digits.train_images), digits.train_labels
    probe = images[:PROBE], labels[:PROBE]

    starts = track((*TRAINED, HE), "measuring factors", len(TRAINED) + 1)
    factors = [gradient_factor.claim(config, start, *probe) for start in starts]
    nets = [build(config, board, start, images.device) for start in TRAINED]
    products = [multiply(config, net, *probe) for net in nets]
    draw_products(nets)
    for _ in track(train_side_by_side(config, nets, images, labels), "training", config.steps):
        pass
    for net in nets:
        net.accuracy = accuracy(net.model, standardize(digits.test_images), digits.test_labels)
        overview.close(net.board, config.steps, net.losses, net.accuracy)
    return Result([*factors, *products], verdict(nets), {where: f for net in nets for where, f in net.findings.items()})


def pins(config: GradientFlow) -> list[links.Pin]:
    """The cards that answer the question."""
    charts: list[links.Pin] = [("scalars", PROFILE, None), ("scalars", tags.LOSS_CAPPED, None)]
    return charts + [("images", HEATMAP, start.name) for start in (VANISH, EXPLODE, FLOW)]


def write_readme(config: GradientFlow, board: Board, digits: Digits) -> None:
    glance = "every layer's gradient before training (the axis is the layer) on its theory, the loss, layers x steps"
    product = "one factor a layer and their product: by theory, by hand, by the hooks"
    sights = [
        ("The answer at a glance", glance, links.first_view(pins(config))),
        ("The chain rule", product, links.first_view([("images", PRODUCT, start.name) for start in TRAINED])),
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
    model = gradient_factor.network(config, start, config.seed, device)
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
    predicted = [math.log(measured[-2]) + ln for ln in gradient_factor.predict(config, net.start, images)]
    net.curves = {
        "mean-field theory": [ln / math.log(10) for ln in predicted],
        "product of factors": [_log10(link.product) for link in factors],
        "measured by hooks": [_log10(norm) for norm in measured],
    }
    # TensorBoard takes any integer for a step: the axis of these charts is the layer.
    for layer, (log, link) in enumerate(zip(net.curves["measured by hooks"], factors, strict=True), start=1):
        net.board.log(layer, scalars={PROFILE: log, FACTOR: link.factor})
    for layer, log in enumerate(net.curves["mean-field theory"], start=1):
        net.theory.log(layer, scalars={PROFILE: log})
    name = f"all {len(factors)} factors, {net.start.about}"
    return Claim(name, "their product = layer 1's gradient", factors[0].product, measured[0], 1e-6)


def draw_products(nets: Sequence[Net]) -> None:
    """Theory, product and measurement by layer, all networks on one scale."""
    limits = _range(log for net in nets for curve in net.curves.values() for log in curve)
    for net in nets:
        curves: list[pictures.Series] = [
            (name, range(1, len(curve) + 1), curve, "dots" if name == "measured by hooks" else "line")
            for name, curve in net.curves.items()
        ]
        title, x_label = f"{net.start.name}: log10 gradient norm", "layer, from input to loss"
        chart = pictures.lines(curves, title, x_label, y_limits=limits, width=pictures.CARD_WIDTH, height=120)
        net.board.log(0, pictures={PRODUCT: chart})


# Train them side by side and watch every layer.


def train_side_by_side(config: GradientFlow, nets: Sequence[Net], images: Tensor, labels: Tensor) -> Iterator[int]:
    """One step of every network in turn, so that TensorBoard shows them grow together."""
    runs = []
    for net in nets:
        digits = batches(images, labels, config.batch, config.steps, config.seed)
        runs.append(train(net.model, digits, cross_entropy, net.optimizer, net.around))
    drawn = set(spaced(config.steps))
    for step, losses in enumerate(zip(*runs, strict=True)):
        for net, (_, loss) in zip(nets, losses, strict=True):
            after_step(net, step, float(loss))
        if step in drawn:
            draw_heatmaps(nets, step)
        yield step


def after_step(net: Net, step: int, loss: float) -> None:
    net.losses.append(loss)
    net.board.log(step, scalars=overview.loss_scalars(net.losses))
    look = net.around.last
    if look is not None and look.step == step:
        net.profiles[step] = [_log10(gradient["norm"]) for gradient in look.gradients.values()]
        known = {finding.kind for finding in net.findings.values()}
        new = [finding for finding in net.around.findings(net.losses) if finding.kind not in known]
        net.findings |= {f"{net.start.name}, from step {step}": finding for finding in new[:1]}


def draw_heatmaps(nets: Sequence[Net], step: int) -> None:
    """Layers x steps so far, all networks in one colour range."""
    limits = _range(log for net in nets for profile in net.profiles.values() for log in profile)
    for net in nets:
        matrix = torch.tensor(list(net.profiles.values())).T
        chart = pictures.heatmap(
            matrix,
            *limits,
            title=f"{net.start.name}: log10 gradient norm",
            x_label="training step",
            y_label="layer",
            x_ticks=list(net.profiles),
            y_ticks=range(1, len(matrix) + 1),
            width=pictures.CARD_WIDTH,
            height=84,
        )
        net.board.log(step, pictures={HEATMAP: chart})


def verdict(nets: Sequence[Net]) -> str:
    """What depth did to the gradient, and what that did to learning."""
    ends = "; ".join(
        f"10^{net.profiles[0][0] - net.profiles[0][-1]:+.1f} in {net.start.name}, ending at {net.accuracy:.0%} accuracy"
        for net in nets
    )
    return f"Depth multiplies. From the last layer to the first the gradient became {ends}. Guessing gets 10%."


def _range(logs: Iterable[float]) -> tuple[float, float]:
    """Whole decades around everything that is finite."""
    finite = [log for log in logs if math.isfinite(log)] or [0.0]
    low = math.floor(min(finite))
    return low, max(math.ceil(max(finite)), low + 1)


def _log10(norm: float) -> float:
    """-inf for a gradient that is exactly 0, NaN for one that is not a number."""
    return math.log10(norm) if norm > 0 else -math.inf if norm == 0 else math.nan
