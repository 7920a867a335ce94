"""What is the chain rule in gradient flow? A product over layers, so it can vanish or explode with depth."""

import copy
import math
from collections.abc import Iterator, Sequence

from torch import Tensor

from torchdemos.board import Board
from torchdemos.lab import one_weight
from torchdemos.lab.chain_rule import chain
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import (
    display,
    gradient_cures,
    gradient_flow_guesses,
    gradient_flow_page,
    gradient_pictures,
    gradient_training,
    readme,
)
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.display import pinned, pinned_chart
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.demos.gradient_flow_guesses import questions as questions
from torchdemos.lab.demos.gradient_pictures import CHAIN_RULE, HEATMAP, log10, whole_decades
from torchdemos.lab.demos.gradient_training import DeepNetwork
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
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Result
from torchdemos.log import links, tags

FULL_MINUTES = 0.6
PROBE_DIGITS = 256  # on which the first gradient is measured

VANISH = Start("0_vanish", "sigmoid", "sigmoid", 1.0, 1.0, "Schoenholz et al. 2017")
FLOW = Start("1_flow", "critical tanh", "tanh", 1.76, 0.05, "Schoenholz et al. 2017")
EXPLODE = Start("2_explode", "tanh, weights x3", "tanh", 16.0, 0.05, "Schoenholz et al. 2017")
HE = Start("he", "He ReLU", "relu", 2.0, 0.0, "He et al. 2015")
TRAINED = (VANISH, FLOW, EXPLODE)

FIGURES = (nielsen_gradients.FIGURE, cures.FIGURE, gradient_cures.FIGURE)
FULL_FIGURES = (batch_norm.FIGURE, log_normal.FIGURE, born_dead.FIGURE, shattered.FIGURE)


def exhibit(config: GradientFlow) -> Exhibit:
    """What this demo shows."""
    return Exhibit(
        entries=[
            PinnedCards(
                "every layer's gradient before training (the axis is the layer) on its theory, the loss, layers x steps"
            ),
            readme.Entry(
                "Step by step", "two networks side by side, measured and predicted at any step", links.ANSWERS
            ),
            HEATMAP,
            CHAIN_RULE,
            readme.Entry("Measured and theory", "the first chart again, without smoothing", links.custom_scalars()),
            *FIGURES,
            *(FULL_FIGURES if config.full else ()),
        ],
        pins=[
            pinned_chart(tags.GRADIENT_BY_LAYER),
            pinned(HEATMAP),
            pinned_chart(tags.LOSS_CAPPED),
            pinned(CHAIN_RULE, VANISH.name),
            *map(pinned, FIGURES),
        ],
        charts={
            "gradient by layer, before training": {
                "measured and theory; the axis is the layer": [tags.GRADIENT_BY_LAYER]
            },
            "gradient over training": {
                "median, smallest and largest layer, log10": (
                    f"{tags.GRADIENT_SUMMARY}/median",
                    f"{tags.GRADIENT_SUMMARY}/min",
                    f"{tags.GRADIENT_SUMMARY}/max",
                )
            },
            **display.layout(nielsen_gradients.CHARTS),
        },
        hparams=["activation", "weight_variance"],
    )


def introduce(config: GradientFlow, board: Board, digits: Digits) -> None:
    """Write all that is known before the run."""
    runs = [(s.name, f"{s.about}: weights of variance {s.weight_variance:g} / fan-in") for s in TRAINED]
    runs += [(gradient_training.theory_run(s), f"{s.name} as mean-field theory predicts it") for s in TRAINED]
    exhibit(config).introduce(board, config, runs, digits.source)


def run(config: GradientFlow, board: Board, digits: Digits, progress: Progress = no_progress) -> Answer:
    """Predict the factor of a layer, measure it, multiply the factors by hand; train and watch; then cure."""
    config.validate()
    introduce(config, board, digits)
    probe = standardize(digits.train_images[:PROBE_DIGITS]), digits.train_labels[:PROBE_DIGITS]

    starts = progress((*TRAINED, HE), "measuring factors", len(TRAINED) + 1)
    seeds = range(config.seed, config.seed + config.repeats)
    factors = [gradient_factor.claim(start, config.depth, config.width, seeds, *probe) for start in starts]
    networks = [gradient_training.build(config, board, start, probe[0]) for start in TRAINED]
    claims: list[Claim | Bound] = [*factors, *(multiply(config, network, *probe) for network in networks)]
    draw_products(networks)
    weight = one_weight.largest_gradient(networks[0].variant.model, *probe)
    training = gradient_training.train_and_log(config, board, networks, digits)
    for _ in progress(training, "training", config.steps):
        pass
    textbook = nielsen_gradients.run(digits.train_images, digits.train_labels, config.seed, progress=progress)
    claims += display.show(board, textbook)
    cured, cure = gradient_cures.show(config.seed, board, digits, progress)
    claims += cured
    for result in published(config, *probe, progress):
        claims += display.show(board, result)
    findings = {where: finding for network in networks for where, finding in network.findings.items()}
    told = gradient_flow_page.tell(networks, weight)
    outcomes = gradient_flow_guesses.outcomes(config, claims, networks)
    sketch = gradient_flow_page.sketch(networks)
    return Answer(claims, f"{verdict(networks, factors)} {cure}", findings, told, sketch, outcomes)


def published(config: GradientFlow, images: Tensor, labels: Tensor, progress: Progress) -> Iterator[Result]:
    """Run with --full what else is published about depth and gradients, at the published size."""
    if config.full:
        yield batch_norm.run(images, labels, config.seed, progress=progress)
        yield log_normal.run(config.seed, progress=progress)
        yield born_dead.run(config.seed, progress=progress)
        yield shattered.run(config.seed, progress=progress)


# The chain rule by hand: one factor for each layer, and their product.


def multiply(config: GradientFlow, network: DeepNetwork, images: Tensor, labels: Tensor) -> Claim:
    """Multiply the factors by hand, and claim that the product is the gradient that the hooks measured."""
    variant, start = network.variant, network.start
    measured = gradient_norms(copy.deepcopy(variant.model), images, labels)
    network.links = factors = chain(variant.model, images, labels)
    predicted = [log10(measured[-2]) + ln / math.log(10) for ln in gradient_factor.predict(start, config.depth, images)]
    network.before = {
        "mean-field theory": predicted,
        "product of factors": [log10(link.product) for link in factors],
        "measured by hooks": [log10(norm) for norm in measured],
    }
    # TensorBoard takes any integer for a step: the axis of these charts is the layer.
    for layer, (log, link) in enumerate(zip(network.before["measured by hooks"], factors, strict=True), start=1):
        variant.board.log(layer, scalars={tags.GRADIENT_BY_LAYER: log, tags.FACTOR_BY_LAYER: link.factor})
    for layer, log in enumerate(predicted, start=1):
        network.theory.log(layer, scalars={tags.GRADIENT_BY_LAYER: log})
    name = f"gradient at layer 1, {start.about}: product of {len(factors)} factors by hand = autograd"
    return Claim(name, "their product = layer 1's gradient", factors[0].product, measured[0], 1e-6)


def draw_products(networks: Sequence[DeepNetwork]) -> None:
    """Draw theory, product and measurement by layer, all networks on one scale."""
    limits = whole_decades(log for network in networks for curve in network.before.values() for log in curve)
    for network in networks:
        image = gradient_pictures.draw_by_layer(network.variant.name, network.before, limits)
        network.variant.board.log(0, pictures=display.tagged({CHAIN_RULE: image}))


def verdict(networks: Sequence[DeepNetwork], factors: Sequence[Claim]) -> str:
    """What depth did to the gradient, and what that did to learning."""
    ends = "; ".join(
        f"10^{network.profiles[0][0] - network.profiles[0][-1]:+.1f} in {network.variant.name}, "
        f"ending at {accuracy_in_words(network.variant.accuracy)}"
        for network in networks
    )
    summary = f"Depth multiplies. From the last layer to the first the gradient became {ends}. Guessing gets 10%."
    if all(claim.holds for claim in factors):
        return summary
    return f"{summary} A factor off its theory: that is for wide, deep networks; few, narrow or shallow ones scatter."


def accuracy_in_words(accuracy: float) -> str:
    """`97% accuracy`, also for outputs that are not numbers."""
    return f"{accuracy:.0%} accuracy" if math.isfinite(accuracy) else "outputs that are not numbers"
