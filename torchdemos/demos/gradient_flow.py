"""What is the chain rule in gradient flow? A product over layers, so it can vanish or explode with depth."""

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, inits, models, pictures, stats, theory
from torchdemos.board import Board, layout, links, tags
from torchdemos.chain_rule import Link, chain
from torchdemos.claims import Claim
from torchdemos.data import Digits, standardize
from torchdemos.demos import overview, readme
from torchdemos.demos.configs import GradientFlow
from torchdemos.demos.result import Result, Track, untracked
from torchdemos.diagnosis import Finding
from torchdemos.entries import LAYOUT
from torchdemos.training import accuracy, batches, spaced, train
from torchdemos.watching import Watch, watch

TAB = "timeseries"
QUESTION = "What is the chain rule? A layer's gradient is the product of all later layers' factors."
PROFILE = "1_overview/log10_gradient_by_layer"
FACTOR = "3_chain_rule/factor_by_layer"
HEATMAP = f"{tags.PICTURE}/1_gradient_layers_x_steps"
PRODUCT = f"{tags.PICTURE}/2_chain_rule"
PROBE = 256  # digits on which the first gradient is measured
SETTLED = 3  # in the first layers the activations still remember the scale of the pixels


@dataclass(frozen=True)
class Start:
    """How a network starts: W ~ N(0, weight_variance / fan_in), b ~ N(0, bias_variance)."""

    name: str
    about: str
    activation: str
    weight_variance: float
    bias_variance: float
    source: str


VANISH = Start("0_vanish", "sigmoid", "sigmoid", 1.0, 1.0, "Nielsen 2015, chapter 5")
FLOW = Start("1_flow", "critical tanh", "tanh", 1.76, 0.05, "Schoenholz et al. 2017")
EXPLODE = Start("2_explode", "tanh, weights x3", "tanh", 16.0, 0.05, "Schoenholz et al. 2017")
HE = Start("he", "He ReLU", "relu", 2.0, 0.0, "He et al. 2015")
TRAINED = (VANISH, FLOW, EXPLODE)


def run(config: GradientFlow, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """Predict the factor of a layer, measure it, multiply the factors by hand, then train and watch."""
    write_readme(config, board, digits)
    images, labels = standardize(digits.train_images), digits.train_labels
    probe = images[:PROBE], labels[:PROBE]

    factors = [factor(config, start, *probe) for start in track((*TRAINED, HE), "measuring factors", len(TRAINED) + 1)]
    nets = [build(config, board, start, images.device) for start in TRAINED]
    products = [multiply(config, net, *probe) for net in nets]
    for _ in track(train_side_by_side(config, nets, images, labels), "training", config.steps):
        pass
    for net in nets:
        net.accuracy = accuracy(net.model, standardize(digits.test_images), digits.test_labels)
        overview.close(net.board, config.steps, net.losses[-1], net.accuracy)
    return Result([*factors, *products], verdict(nets), {net.start.name: net.findings for net in nets})


def pins(config: GradientFlow) -> list[tuple[str, str, str | None]]:
    """The cards that answer the question."""
    charts: list[tuple[str, str, str | None]] = [("scalars", PROFILE, None), ("scalars", tags.LOSS_CAPPED, None)]
    return charts + [("images", HEATMAP, start.name) for start in (VANISH, EXPLODE, FLOW)]


def write_readme(config: GradientFlow, board: Board, digits: Digits) -> None:
    glance = "gradient by layer before training beside its theory, the loss, and layers x steps"
    product = "the product of one factor a layer: by theory, by hand, by the hooks"
    sights = [
        ("The answer at a glance", glance, links.first_view(pins(config))),
        ("The chain rule", product, links.first_view([("images", PRODUCT, s.name) for s in TRAINED])),
    ]
    runs = [(s.name, f"{s.about}: weight variance {s.weight_variance:g} / fan-in") for s in TRAINED]
    runs += [(theory_run(s), "the same, as mean-field theory predicts it") for s in TRAINED]
    board.show(layout.custom_scalars(LAYOUT), layout.experiment(["activation", "weight_variance"], overview.FINAL))
    readme.write(board, QUESTION, sights, runs, digits.source, config)


# Predict, then measure: what does one layer do to the gradient?


def factor(config: GradientFlow, start: Start, images: Tensor, labels: Tensor) -> Claim:
    """By how much a layer multiplies the gradient norm: mean-field theory against the mean of several networks."""
    predicted = math.exp(_slope(predict(config, start, images)))
    models = (network(config, start, config.seed + repeat, images.device) for repeat in range(config.repeats))
    slopes = [_slope([math.log(norm) for norm in gradient_norms(model, images, labels)[:-1]]) for model in models]
    measured = math.exp(sum(slopes) / len(slopes))
    return Claim(f"factor per layer, {start.about}", start.source, predicted, measured, _tolerance(config, start))


def predict(config: GradientFlow, start: Start, images: Tensor) -> list[float]:
    """ln of the gradient norm in layers 1..depth relative to layer depth, from the pixels' mean square alone."""
    mean_square = float(images.double().square().mean())
    return theory.gradient_profile(
        mean_square, config.depth, start.activation, start.weight_variance, start.bias_variance
    )


def network(config: GradientFlow, start: Start, seed: int, device: torch.device) -> nn.Sequential:
    """A fresh network, drawn from a generator of its own."""
    model = models.deep_mlp(config.depth, config.width, start.activation)
    inits.gaussian(model, start.weight_variance, start.bias_variance, torch.Generator().manual_seed(seed))
    return model.to(device)


def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> list[float]:
    """|d loss / d z| of every linear layer, as the hooks see it."""
    with hooks.record(model, nn.Linear, stats.norm) as tape:
        cross_entropy(model(images), labels).backward()
    model.zero_grad()
    return torch.stack(list(tape.gradients.values())).tolist()


def _slope(logs: Sequence[float]) -> float:
    """How much ln |gradient| changes for one layer towards the input: least squares past the first few layers."""
    inner = torch.tensor(logs[min(SETTLED, len(logs) - 2) :], dtype=torch.float64)
    layer = torch.arange(len(inner), dtype=torch.float64)
    layer -= layer.mean()
    return -float(layer.dot(inner) / layer.dot(layer))


def _tolerance(config: GradientFlow, start: Start) -> float:
    """3 % for the sigmoid and 1.5 % in the square for tanh; for ReLU three standard errors of the log-normal
    spread, whose variance is 5 / width a layer (Hanin & Nica 2020)."""
    relu = 3 * math.sqrt(5 / (config.width * config.depth * config.repeats)) / 2
    return {"sigmoid": 0.03, "tanh": 0.0075, "relu": relu}[start.activation]


# The chain rule by hand: one factor a layer, and their product.


@dataclass
class Net:
    """A network in training, the board it writes to, and what has been seen of it."""

    start: Start
    model: nn.Sequential
    optimizer: torch.optim.Optimizer
    board: Board
    theory: Board
    around: Watch
    losses: list[float] = field(default_factory=list)
    profiles: dict[int, list[float]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    accuracy: float = math.nan


def build(config: GradientFlow, board: Board, start: Start, device: torch.device) -> Net:
    """The network of `factor`'s first repeat, watched by a board of its own."""
    model, own = network(config, start, config.seed, device), board.variant(start.name)
    own.show(layout.session_start({"activation": start.activation, "weight_variance": start.weight_variance}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, 64))
    return Net(start, model, optimizer, own, board.variant(theory_run(start)), watch(model, own, looks.__contains__, nn.Linear))


def theory_run(start: Start) -> str:
    """`0.theory` of `0_vanish`: sorted before it, so that the measurement is drawn on top."""
    return f"{start.name[0]}.theory"


def multiply(config: GradientFlow, net: Net, images: Tensor, labels: Tensor) -> Claim:
    """Multiply the factors by hand and hold the product against what autograd gave the hooks."""
    exact = copy.deepcopy(net.model).double()  # an exploding network blows up rounding errors just as it does gradients
    measured, links = gradient_norms(exact, images.double(), labels), chain(net.model, images, labels)
    anchor = math.log10(measured[-2])
    predicted = [anchor + ln / math.log(10) for ln in predict(config, net.start, images)]
    _log_by_layer(net, links, measured, predicted)
    net.board.log(0, pictures={PRODUCT: _product_picture(net.start, links, measured, predicted)})
    name = f"all {len(links)} factors, {net.start.about}"
    return Claim(name, "their product = layer 1's gradient", links[0].product, measured[0], 1e-6)


def _log_by_layer(net: Net, links: Sequence[Link], measured: Sequence[float], predicted: Sequence[float]) -> None:
    """Charts whose axis is the layer, not time: TensorBoard draws any integer as a step."""
    for layer, (link, norm) in enumerate(zip(links, measured, strict=True), start=1):
        net.board.log(layer, scalars={PROFILE: _log10(norm), FACTOR: link.factor})
    theirs = net.theory
    for layer, log in enumerate(predicted, start=1):
        theirs.log(layer, scalars={PROFILE: log})


def _product_picture(start: Start, links: Sequence[Link], measured: Sequence[float], predicted: Sequence[float]) -> Tensor:
    layers = list(range(1, len(links) + 1))
    return pictures.lines(
        [
            ("mean-field theory", layers[:-1], predicted, "line"),
            ("product of factors", layers, [math.log10(link.product) for link in links], "line"),
            ("measured by hooks", layers, [math.log10(norm) for norm in measured], "dots"),
        ],
        title=f"{start.name}: gradient norm, log10",
        x_label="layer, from input to loss",
        width=pictures.CARD_WIDTH,
        height=120,
    )


# Train them side by side and watch every layer.


def train_side_by_side(config: GradientFlow, nets: Sequence[Net], images: Tensor, labels: Tensor) -> Iterator[int]:
    """One step of every network in turn, so that TensorBoard shows them grow together."""
    runs = [
        train(net.model, batches(images, labels, config.batch, config.steps, config.seed), cross_entropy, net.optimizer, net.around)
        for net in nets
    ]
    drawn = set(spaced(config.steps))
    for step, losses in enumerate(zip(*runs, strict=True)):
        for net, (_, loss) in zip(nets, losses, strict=True):
            _after_step(net, step, float(loss))
        if step in drawn:
            draw_heatmaps(nets, step)
        yield step


def _after_step(net: Net, step: int, loss: float) -> None:
    net.losses.append(loss)
    net.board.log(step, scalars=overview.loss_scalars(loss))
    look = net.around.last
    if look is not None and look.step == step:
        net.profiles[step] = [_log10(g["norm"]) for g in look.gradients.values()]
        known = {finding.kind for finding in net.findings}
        net.findings += [finding for finding in net.around.findings(net.losses) if finding.kind not in known]


def _log10(norm: float) -> float:
    return math.log10(norm) if norm > 0 else -math.inf if norm == 0 else math.nan


def draw_heatmaps(nets: Sequence[Net], step: int) -> None:
    """Layers x steps so far, all networks in one colour range."""
    shown = [log for net in nets for profile in net.profiles.values() for log in profile if math.isfinite(log)]
    for net in nets:
        net.board.log(step, pictures={HEATMAP: _heatmap(net, math.floor(min(shown)), math.ceil(max(shown)))})


def _heatmap(net: Net, low: float, high: float) -> Tensor:
    steps = list(net.profiles)
    return pictures.heatmap(
        torch.tensor(list(net.profiles.values())).T,
        low,
        high,
        title=f"{net.start.name}: log10 gradient norm",
        x_label="training step",
        y_label="layer",
        x_ticks=[str(step) for step in steps],
        y_ticks=[str(layer + 1) for layer in range(len(net.profiles[steps[0]]))],
        width=pictures.CARD_WIDTH,
        height=84,
    )


def verdict(nets: Sequence[Net]) -> str:
    """One sentence: what depth did to the gradient, and what that did to learning."""
    ends = "; ".join(
        f"10^{net.profiles[0][0] - net.profiles[0][-1]:+.1f} in {net.start.name}, which ends at {net.accuracy:.0%} accuracy"
        for net in nets
    )
    return f"Depth multiplies. From the last layer to the first the gradient became {ends}. Guessing gets 10%."
