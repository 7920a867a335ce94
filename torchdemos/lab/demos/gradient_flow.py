"""What is the chain rule in gradient flow? A product over layers, so it can vanish or explode with depth."""

import copy
import math
from collections.abc import Iterator, Sequence

from torch import Tensor

from torchdemos.board import Board, layout
from torchdemos.lab.chain_rule import chain
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import gradient_cures, gradient_pictures, gradient_training, overview, readme
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.gradient_pictures import decades, log10
from torchdemos.lab.demos.gradient_training import Net
from torchdemos.lab.demos.result import Result
from torchdemos.lab.evidence import Evidence, Track, untracked
from torchdemos.lab.experiments import (
    batch_norm,
    born_dead,
    cures,
    gradient_factor,
    log_normal,
    nielsen_gradients,
    shattered,
)
from torchdemos.lab.experiments.gradient_factor import Start, gradient_norms
from torchdemos.log import cards, links, tags

TAB = "timeseries"
FULL_MINUTES = 0.6
PROBE = 256  # digits on which the first gradient is measured

VANISH = Start("0_vanish", "sigmoid", "sigmoid", 1.0, 1.0, "Schoenholz et al. 2017")
FLOW = Start("1_flow", "critical tanh", "tanh", 1.76, 0.05, "Schoenholz et al. 2017")
EXPLODE = Start("2_explode", "tanh, weights x3", "tanh", 16.0, 0.05, "Schoenholz et al. 2017")
HE = Start("he", "He ReLU", "relu", 2.0, 0.0, "He et al. 2015")
TRAINED = (VANISH, FLOW, EXPLODE)

LAYOUT: dict[str, cards.Charts] = {
    "gradient by layer, before training": {"measured and theory; the axis is the layer": [tags.GRADIENT_BY_LAYER]},
    "gradient over training": {
        "median, smallest and largest layer, log10": (
            f"{tags.GRADIENT_SUMMARY}/median",
            f"{tags.GRADIENT_SUMMARY}/min",
            f"{tags.GRADIENT_SUMMARY}/max",
        )
    },
    "Nielsen's networks": {
        "measured and predicted; the axis counts layers from the loss": [
            f"{nielsen_gradients.GROUP}/{x}" for x in ("measured", "predicted")
        ]
    },
}
SIGHTS = {
    nielsen_gradients.PICTURE: ("Vanishing, as a textbook saw it", "nine printed numbers on one law"),
    cures.PICTURE: ("The cures", "the law of each, and every layer's gradient"),
    gradient_cures.PICTURE: ("The cures in training", "who learns; all numbers in a table: text CURES"),
}
FULL_SIGHTS = {
    batch_norm.PICTURE: ("Batch norm explodes", "until the first step"),
    log_normal.PICTURE: ("One network is not the mean", "depth / width decides how far it lies off"),
    born_dead.PICTURE: ("Born dead", "narrow ReLU networks that nothing revives"),
    shattered.PICTURE: ("Shattered gradients", "the published law, and the one that networks follow"),
}


def run(config: GradientFlow, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """Predict the factor of a layer, measure it, multiply the factors by hand; train and watch; then cure."""
    config.validate()
    write_readme(config, board, digits)
    probe = standardize(digits.train_images[:PROBE]), digits.train_labels[:PROBE]

    starts = track((*TRAINED, HE), "measuring factors", len(TRAINED) + 1)
    seeds = range(config.seed, config.seed + config.repeats)
    factors = [gradient_factor.claim(start, config.depth, config.width, seeds, *probe) for start in starts]
    nets = [gradient_training.build(config, board, start, probe[0]) for start in TRAINED]
    claims: list[Claim | Bound] = [*factors, *(multiply(config, net, *probe) for net in nets)]
    draw_products(nets)
    for _ in track(gradient_training.side_by_side(config, board, nets, digits), "training", config.steps):
        pass
    claims += overview.show(
        board, nielsen_gradients.run(digits.train_images, digits.train_labels, config.seed, track=track)
    )
    claims += gradient_cures.show(config.seed, board, digits, track)
    for evidence in published(config, *probe, track):
        claims += overview.show(board, evidence)
    findings = {where: finding for net in nets for where, finding in net.findings.items()}
    return Result(claims, verdict(nets, factors), findings)


def published(config: GradientFlow, images: Tensor, labels: Tensor, track: Track) -> Iterator[Evidence]:
    """With --full: what else depth does to gradients, at the size that was published."""
    if config.full:
        yield batch_norm.run(images, labels, config.seed, track=track)
        yield log_normal.run(config.seed, track=track)
        yield born_dead.run(config.seed, track=track)
        yield shattered.run(config.seed, track=track)


def pins(config: GradientFlow) -> list[cards.Pin]:
    """The cards that answer the question."""
    return [
        ("scalars", tags.GRADIENT_BY_LAYER, None),
        ("images", tags.GRADIENT_HEATMAP, "."),
        ("scalars", tags.LOSS_CAPPED, None),
        ("images", tags.CHAIN_RULE, VANISH.name),
        *(("images", tag, ".") for tag in SIGHTS),
    ]


def write_readme(config: GradientFlow, board: Board, digits: Digits) -> None:
    glance = "every layer's gradient before training (the axis is the layer) on its theory, the loss, layers x steps"
    product = "one factor a layer and their product: by theory, by hand, by the hooks"
    drawn = SIGHTS | (FULL_SIGHTS if config.full else {})
    sights = [
        readme.glance(board, pins(config), glance),
        ("Step by step", "two networks side by side, measured and predicted at any step", links.NEURONS),
        ("Layers x steps", "each network large, in one colour range", links.pictures(tags.GRADIENT_HEATMAP)),
        ("The chain rule", product, links.pictures(tags.CHAIN_RULE)),
        ("Measured and theory", "the first chart again, without smoothing", links.custom_scalars()),
        *((title, sees, links.pictures(tag)) for tag, (title, sees) in drawn.items()),
    ]
    runs = [(s.name, f"{s.about}: weights of variance {s.weight_variance:g} / fan-in") for s in TRAINED]
    runs += [(gradient_training.theory_run(s), f"{s.name} as mean-field theory predicts it") for s in TRAINED]
    board.show(layout.custom_scalars(LAYOUT), layout.experiment(["activation", "weight_variance"], overview.FINAL))
    readme.write(board, sights, runs, digits.source, config)


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


def verdict(nets: Sequence[Net], factors: Sequence[Claim]) -> str:
    """What depth did to the gradient, and what that did to learning."""
    ends = "; ".join(
        f"10^{net.profiles[0][0] - net.profiles[0][-1]:+.1f} in {net.start.name}, ending at {_share(net.accuracy)}"
        for net in nets
    )
    said = f"Depth multiplies. From the last layer to the first the gradient became {ends}. Guessing gets 10%."
    said = f"{said} What cures it stands in the text CURES."
    if all(claim.holds for claim in factors):
        return said
    return f"{said} A factor off its theory: that is for wide, deep networks; few, narrow or shallow ones scatter."


def _share(accuracy: float) -> str:
    return f"{accuracy:.0%} accuracy" if math.isfinite(accuracy) else "outputs that are not numbers"
