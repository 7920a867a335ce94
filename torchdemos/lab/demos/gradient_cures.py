"""The cures side by side: the factor that each gives a layer, and whether twenty layers learn with it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from torchdemos import pictures
from torchdemos.board import Board
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.cured_networks import DEPTH, NETWORKS, Network
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import display
from torchdemos.lab.experiments import cures
from torchdemos.lab.experiments.cures import CLIP_LIMIT
from torchdemos.lab.progress import Progress
from torchdemos.lab.result import Figure
from torchdemos.lab.theory.loss import chance_loss
from torchdemos.lab.training import Batch, accuracy, batches

STEPS, BATCH, LEARNING_RATE, AVERAGED_STEPS = 100, 64, 0.01, 5
FIGURE = Figure(
    "5_cures_in_training",
    title="The cures in training",
    caption="who learns; all numbers in a table: text CURES",
    about="The loss of the same networks in training, each dot the mean of five steps. `plain` stays at the loss of "
    "guessing, ln 10 = 2.3. `residual` is not drawn: its loss leaves the range of numbers within ten steps. `clipped` "
    "is the same network with its gradients clipped: it comes from far above, and learns.",
)


@dataclass
class TrainedNetwork:
    """A network in training: its name, the limit on its gradient norm, its losses, and its accuracy at the end."""

    name: str
    network: Network
    clip_limit: float = math.inf
    losses: list[float] = field(default_factory=list)
    accuracy: float = math.nan


def show(seed: int, board: Board, digits: Digits, progress: Progress) -> tuple[list[Claim | Bound], str]:
    """Show the factors before training, then train, then show all of it in one table. Return claims and `in_short`."""
    claims = display.show(board, cures.run(digits.train_images, digits.train_labels, seed, progress=progress))
    networks = {trained.name: trained for trained in plan()}
    images, test = cures.unit(digits.train_images), cures.unit(digits.test_images)
    for trained in progress(networks.values(), "training with cures", len(networks)):
        learn(trained, seed, batches(images, digits.train_labels, BATCH, STEPS, seed), test, digits.test_labels)
    board.log(0, pictures=display.tagged({FIGURE: draw(networks)}), texts={"CURES": table(networks, claims)})
    return [*claims, *outcomes(networks)], in_short(networks, claims)


def plan() -> list[TrainedNetwork]:
    """Every network to train; the one that explodes is followed by the same with its gradients clipped."""
    networks = [TrainedNetwork(network.name, network) for network in NETWORKS]
    place = next(i for i, trained in enumerate(networks) if trained.name == "residual")
    cured = replace(networks[place].network, about=f"the same, clipped at {CLIP_LIMIT:g}", source="Pascanu et al. 2013")
    return [*networks[: place + 1], TrainedNetwork("clipped", cured, CLIP_LIMIT), *networks[place + 1 :]]


def learn(trained: TrainedNetwork, seed: int, shuffled: Iterable[Batch], test: Tensor, labels: Tensor) -> None:
    """Train on the batches, with the norm of all gradients together clipped."""
    model = trained.network.fresh(torch.Generator().manual_seed(seed), test.device)
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, momentum=0.9)
    for inputs, targets in shuffled:
        optimizer.zero_grad()
        loss = cross_entropy(model(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(model.parameters(), trained.clip_limit)
        optimizer.step()
        trained.losses.append(float(loss.detach()))
    trained.accuracy = accuracy(model, test, labels)


def outcomes(networks: Mapping[str, TrainedNetwork]) -> list[Claim | Bound]:
    """Claim what becomes of the vanishing and of the exploding network."""
    plain, clipped = networks["plain"].losses, networks["clipped"].losses
    return [
        Claim(f"plain: loss after {STEPS} steps", "guessing: ln 10", chance_loss(10), _final_loss(plain), 0.01),
        Bound("clipped: last loss / first loss", "Pascanu et al. 2013", _final_loss(clipped) / clipped[0], high=1.0),
    ]


def draw(networks: Mapping[str, TrainedNetwork]) -> Tensor:
    """Draw losses by step in the colours of `cures.draw`; the clipped network takes that of the exploding one."""
    series: list[pictures.Series] = []
    for trained in networks.values():
        means = torch.tensor(trained.losses).unfold(0, AVERAGED_STEPS, AVERAGED_STEPS).mean(1)
        if trained.name != "residual":
            series.append((trained.name, [AVERAGED_STEPS * (i + 0.5) for i in range(len(means))], means, "dots"))
    title, x_label = "loss of twenty layers", "training step"
    return pictures.lines(series, title, x_label, x_limits=(0, STEPS), y_limits=(0, 4))


def table(networks: Mapping[str, TrainedNetwork], claims: Sequence[Claim | Bound]) -> str:
    """A table with a row for each network: what it is, law and measurement of its factor, and what it has learned."""
    explained = (
        "Each layer multiplies the squared gradient norm by a factor, before training. Twenty factors of 1/2 leave "
        "hardly anything, twenty factors of 2 make steps too large for any number; near 1 a network learns. Loss and "
        f"accuracy are those after {STEPS} steps; guessing has 2.3 and 10%."
    )
    head = ["network", "what it is", "source", "factor by law", "factor measured", "loss", "test accuracy"]
    factors = _factors(claims)
    rows = [_row(trained, factors[trained.network.name]) for trained in networks.values()]
    lines = [_cells(*head), _cells(*["---"] * len(head)), *rows]
    return "\n\n".join(["# Twenty layers, and what makes them learn", explained, "\n".join(lines)])


def in_short(networks: Mapping[str, TrainedNetwork], claims: Sequence[Claim | Bound]) -> str:
    """The cure in a sentence, by the factors and the accuracies of this run."""
    factors = _factors(claims)
    plain, he, scaled = (
        f"(x{factors[name].measured:.2f}) reach {networks[name].accuracy:.0%}" for name in ("plain", "He", "scaled")
    )
    return (
        f"The cure is a start that multiplies the squared gradient by about 1 in each layer: after {STEPS} steps "
        f"{DEPTH} ReLU layers with weights of variance 1/n {plain}, those with He's 2/n {he}, and residual "
        f"blocks x + f(x) / sqrt({DEPTH}) {scaled}."
    )


def _factors(claims: Sequence[Claim | Bound]) -> dict[str, Claim | Bound]:
    """The claim of each network's factor, by the network's name: these claims come first."""
    return dict(zip((network.name for network in NETWORKS), claims, strict=False))


def _row(trained: TrainedNetwork, factor: Claim | Bound) -> str:
    network, finite = trained.network, math.isfinite(trained.accuracy)
    ends = (f"{_final_loss(trained.losses):.3g}", f"{trained.accuracy:.0%}") if finite else ("not a number", "none")
    return _cells(trained.name, network.about, network.source, factor.prediction, f"{factor.measured:.4g}", *ends)


def _cells(*texts: str) -> str:
    return f"|{'|'.join(texts)}|"


def _final_loss(losses: Sequence[float]) -> float:
    return sum(losses[-AVERAGED_STEPS:]) / AVERAGED_STEPS
