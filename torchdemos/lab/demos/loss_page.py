"""The page that answers "What is loss?": what one real digit costs, what a bug's floor looks like, a sure mistake."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from torchdemos.lab import losses
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.sketch import Row, Sketch
from torchdemos.lab.experiments import floors, slowdown
from torchdemos.lab.experiments.floors import CodedNetwork
from torchdemos.log import answers
from torchdemos.log.answers import percent, short

MINUS = "\N{MINUS SIGN}"
SHOWN_PROBABILITY = 0.7  # of the right class: sure enough to be right, unsure enough for a loss to be seen
CROSS_ENTROPY, SQUARED_ERROR = "var(--red)", "var(--blue)"
SKETCHED = ("cross entropy", "smoothing", "softmax twice", "constant")  # codings in a terminal
HIGHEST = 2.5  # loss on its scale
DRAWN = {  # codings in the card of floors: their names there and their colours
    "cross entropy": ("cross entropy", CROSS_ENTROPY),
    "smoothing": ("smoothing", "var(--green)"),
    "softmax twice": ("softmax twice", "var(--pink)"),
    "log forgotten": ("log forgotten", "var(--amber)"),
    "constant": ("all weights 0", "var(--faint)"),
}


@dataclass(frozen=True)
class Example:
    """A test digit, the ten outputs [10] that a network gave it, and when that was."""

    pixels: Tensor
    label: int
    logits: Tensor
    when: str

    @property
    def probability(self) -> float:
        """The probability of the right class."""
        return float(self.logits.softmax(0)[self.label])

    @property
    def measured(self) -> list[float]:
        """Its cross entropy, and the same as the NLL of log-softmax."""
        logits, label = self.logits[None], torch.tensor([self.label])
        return [float(loss_fn(logits, label)) for loss_fn in (losses.cross_entropy, losses.nll)]


def told(networks: Sequence[CodedNetwork], digits: Digits, claims: Sequence[Claim | Bound], seed: int) -> Told:
    """The page of a run whose networks are trained."""
    outputs, when = outputs_to_show(networks, digits, seed)
    costs = F.cross_entropy(outputs, digits.test_labels, reduction="none")
    example = pick(outputs, digits, when)
    return Told(answer(example, costs), hero(example), [floors_card(networks), slowdown_card(claims)], NOW_TRY)


@torch.no_grad()
def outputs_to_show(networks: Sequence[CodedNetwork], digits: Digits, seed: int) -> tuple[Tensor, str]:
    """What the network with cross entropy gives every test digit, and when: before training if it has diverged."""
    images = standardize(digits.test_images)
    trained = by_name(networks)["cross entropy"]
    outputs = trained.model(images)
    if torch.isfinite(outputs).all():
        return outputs, f"from the test set, after {len(trained.losses):,} steps"
    fresh = by_name(floors.start(digits.train_labels, seed))["cross entropy"]
    return fresh.model(images), "from the test set, before training, which diverged"


def pick(outputs: Tensor, digits: Digits, when: str) -> Example:
    """The test digit whose right class has the probability nearest to 0.7."""
    right = outputs.softmax(1).gather(1, digits.test_labels[:, None])[:, 0]
    index = int((right - SHOWN_PROBABILITY).abs().argmin())
    return Example(digits.test_images[index].cpu(), int(digits.test_labels[index]), outputs[index].cpu(), when)


def answer(example: Example, costs: Tensor) -> str:
    """What a loss is, with the numbers of this digit and of the costliest one."""
    return (
        f"A loss is the one number that training lowers. Cross entropy is **{MINUS}ln p**, p being the probability of "
        f"the right digit: **{example.measured[0]:.3f}** for this {example.label} (p = **{example.probability:.4f}**), "
        f"**{float(costs.max()):.1f}** for the costliest of {len(costs):,}. Squared error, (1 {MINUS} p)², never "
        "exceeds **1**."
    )


def hero(example: Example) -> dict[str, object]:
    """The curve of the loss and the digit on it."""
    digit = {
        "label": example.label,
        "pixels": (255 * example.pixels).round().int().flatten().tolist(),
        "logits": [short(logit, 7) for logit in example.logits.tolist()],
    }
    return {"kind": "loss_curve", "digit": digit, "measured": example.measured, "when": example.when}


def floors_card(networks: Sequence[CodedNetwork]) -> answers.Card:
    """How every coding trains, with its floor."""
    twice = by_name(networks)["softmax twice"]
    series = []
    for network in networks:
        if network.coding.name in DRAWN:
            name, colour = DRAWN[network.coding.name]
            floor = short(network.coding.floor, 3)
            means = zip(*floors.bin_means(network.losses), strict=True)
            points = [[step, short(mean, 4)] for step, mean in means]
            series.append({"name": f"{name} ≥ {floor:g}".replace("-", MINUS), "colour": colour, "points": points})
    return {
        "title": "A wrong loss trains too",
        "condition": "only its floor gives it away",
        "about": f"With softmax applied twice, {percent(twice.accuracy)} of the test digits are named right. "
        f"Only the loss gives the bug away: it cannot fall below {twice.coding.floor:.3f}.",
        "kind": "lines",
        "data": {"series": series, "low": -1, "high": 2.5},
    }


def sketch(networks: Sequence[CodedNetwork]) -> Sketch:
    """The loss by step of four codings that differ in their floors, and how many digits each names right."""
    shown = [network for network in networks if network.coding.name in SKETCHED]
    title = "The training loss by step; only its floor gives a bug away:"
    return Sketch(title, [Row(DRAWN[one.coding.name][0], _heights(one.losses), _end(one)) for one in shown])


def _heights(training: Sequence[float]) -> list[float]:
    """Means of some steps each, on a scale that ends a little above the loss of guessing."""
    return [float(min(max(mean / HIGHEST, 0.0), 1.0)) for mean in floors.bin_means(training)[1]]


def _end(network: CodedNetwork) -> str:
    return f"{percent(network.accuracy)} right, floor {network.coding.floor:.3g}"


def slowdown_card(claims: Sequence[Claim | Bound]) -> answers.Card:
    """How long a neuron that is surely wrong takes to change its mind."""
    _, squared, cross, _ = slowdown.SETUPS
    named = {claim.name: claim for claim in claims if isinstance(claim, Claim)}
    slow, fast = (named[slowdown.until_half_name(setup)] for setup in (squared, cross))
    bars = [
        {"name": name, "value": claim.measured, "text": f"{claim.measured:.0f}", "colour": colour}
        for name, claim, colour in (("squared error", slow, SQUARED_ERROR), ("cross entropy", fast, CROSS_ENTROPY))
    ]
    return {
        "title": f"Surely wrong, p = {1 - squared.first:.2f}",
        "condition": "steps to change its mind",
        "about": f"One sigmoid neuron says {squared.first:.2f} and should say 0: steps until it says 1/2. "
        f"Theory: {slow.predicted:.0f} and {fast.predicted:.1f}.",
        "kind": "bars",
        "data": {"bars": bars},
    }


NOW_TRY: answers.NowTry = {
    "command": "torchdemos loss --lr 0.1",
    "expect": "A hundred times the learning rate. We saw cross entropy jump to **80** in one step, as it has no bound, "
    "and come back: **58 %** right. Softmax twice never rose above **2.43**, hardly pulled, and stayed at **10 %**.",
}


def by_name(networks: Sequence[CodedNetwork]) -> dict[str, CodedNetwork]:
    return {network.coding.name: network for network in networks}
