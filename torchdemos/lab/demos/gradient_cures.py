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
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import overview
from torchdemos.lab.evidence import Track
from torchdemos.lab.experiments import cures
from torchdemos.lab.experiments.cures import LIMIT, NETWORKS, Network
from torchdemos.lab.theory.loss import chance_loss
from torchdemos.lab.training import accuracy, batches

STEPS, BATCH, LR, WINDOW = 100, 64, 0.01, 5
PICTURE = "4_pictures/5_cures_in_training"
ABOUT = (
    "The loss of the same networks in training, each dot the mean of five steps. `plain` stays at the loss of "
    "guessing, ln 10 = 2.3. `residual` is not drawn: its loss leaves the range of numbers within ten steps. `clipped` "
    "is the same network with its gradients clipped: it comes from far above, and learns."
)


@dataclass
class Run:
    """A network in training: what it is called and how its gradient is clipped; losses, and accuracy at the end."""

    name: str
    network: Network
    limit: float = math.inf
    losses: list[float] = field(default_factory=list)
    accuracy: float = math.nan


def show(seed: int, board: Board, digits: Digits, track: Track) -> list[Claim | Bound]:
    """Factors before training, then training, then all of it in one table."""
    evidence = cures.run(digits.train_images, digits.train_labels, seed, track=track)
    claims = overview.show(board, evidence)
    runs = {run.name: run for run in plan()}
    images, test = cures.unit(digits.train_images), cures.unit(digits.test_images)
    for run in track(runs.values(), "training with cures", len(runs)):
        learn(run, seed, batches(images, digits.train_labels, BATCH, STEPS, seed), test, digits.test_labels)
    board.describe({PICTURE: ABOUT})
    board.log(0, pictures={PICTURE: picture(runs)}, texts={"CURES": table(runs, claims)})
    return [*claims, *outcomes(runs)]


def plan() -> list[Run]:
    """Every network, and after the one that explodes the same with its gradients clipped."""
    runs = [Run(network.name, network) for network in NETWORKS]
    place = next(i for i, run in enumerate(runs) if run.name == "residual")
    cured = replace(runs[place].network, about=f"the same, clipped at {LIMIT:g}", source="Pascanu et al. 2013")
    return [*runs[: place + 1], Run("clipped", cured, LIMIT), *runs[place + 1 :]]


def learn(run: Run, seed: int, shuffled: Iterable[tuple[Tensor, Tensor]], test: Tensor, labels: Tensor) -> None:
    """Train on the batches, with the norm of all gradients together clipped at the run's limit."""
    model = run.network.draw(torch.Generator().manual_seed(seed), test.device)
    optimizer = torch.optim.SGD(model.parameters(), LR, momentum=0.9)
    for inputs, targets in shuffled:
        optimizer.zero_grad()
        loss = cross_entropy(model(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(model.parameters(), run.limit)
        optimizer.step()
        run.losses.append(float(loss.detach()))
    run.accuracy = accuracy(model, test, labels)


def outcomes(runs: Mapping[str, Run]) -> list[Claim | Bound]:
    """What the vanishing and the exploding network come to."""
    plain, clipped = runs["plain"].losses, runs["clipped"].losses
    return [
        Claim(f"plain: loss, step {STEPS}", "guessing: ln 10", chance_loss(10), _last(plain), 0.01),
        Bound("clipped: loss, end / start", "Pascanu et al. 2013", _last(clipped) / clipped[0], high=1.0),
    ]


def picture(runs: Mapping[str, Run]) -> Tensor:
    """Losses by step, in the colours that the networks have by layer: the clipped one takes that of the exploding."""
    series: list[pictures.Series] = []
    for run in runs.values():
        means = torch.tensor(run.losses).unfold(0, WINDOW, WINDOW).mean(1)
        if run.name != "residual":
            series.append((run.name, [WINDOW * (i + 0.5) for i in range(len(means))], means, "dots"))
    title, x_label = "loss of twenty layers", "training step"
    return pictures.lines(series, title, x_label, x_limits=(0, STEPS), y_limits=(0, 4))


def table(runs: Mapping[str, Run], claims: Sequence[Claim | Bound]) -> str:
    """A row a network: what it is, law and measurement of its factor, and what it has learned."""
    explained = (
        "Each layer multiplies the squared gradient norm by a factor, before training. Twenty factors of 1/2 leave "
        "hardly anything, twenty factors of 2 make steps too large for any number; near 1 a network learns. Loss and "
        f"accuracy are those after {STEPS} steps; guessing has 2.3 and 10%."
    )
    head = ["network", "what it is", "source", "factor by law", "factor measured", "loss", "test accuracy"]
    factors = dict(zip((network.name for network in NETWORKS), claims, strict=False))  # they come first
    rows = [_row(run, factors[run.network.name]) for run in runs.values()]
    lines = [_cells(*head), _cells(*["---"] * len(head)), *rows]
    return "\n\n".join(["# Twenty layers, and what makes them learn", explained, "\n".join(lines)])


def _row(run: Run, factor: Claim | Bound) -> str:
    network, finite = run.network, math.isfinite(run.accuracy)
    ends = (f"{_last(run.losses):.3g}", f"{run.accuracy:.0%}") if finite else ("not a number", "none")
    return _cells(run.name, network.about, network.source, factor.prediction, f"{factor.measured:.4g}", *ends)


def _cells(*texts: str) -> str:
    return f"|{'|'.join(texts)}|"


def _last(losses: Sequence[float]) -> float:
    return sum(losses[-WINDOW:]) / WINDOW
