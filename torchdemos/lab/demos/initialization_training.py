"""One deep network in training from every start, side by side."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.board import Board
from torchdemos.board.layout import session_start
from torchdemos.lab.demos import overview, side_by_side
from torchdemos.lab.demos.configs import INITS, Initialization
from torchdemos.lab.demos.display import curve_tag
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.lab.experiments import starts
from torchdemos.lab.training import accuracy
from torchdemos.log import colours, tags
from torchdemos.watching.schedules import spaced
from torchdemos.watching.watch import watch

EQUAL_STARTS = ("zero", "constant")  # they have a chart of their own: at most seven runs can be told apart in one
EQUAL_LOSS = curve_tag("equal_weights/loss_capped")


def run_name(start: str) -> str:
    """`5_he`: the starts in the order in which they are told."""
    return f"{INITS.index(start)}_{start}"


def build(config: Initialization, board: Board, start: str, images: Tensor) -> Variant:
    """A network from one start, on a board of its own."""
    model = starts.network(start, config.depth, config.width, config.seed, images)
    own = board.variant(run_name(start))
    own.show(session_start({"start": start}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, 20))
    return Variant(start, model, optimizer, own, watch(model, own, looks.__contains__, nn.Linear, alert=None))


def train_and_log(
    config: Initialization, variants: Sequence[Variant], images: Tensor, labels: Tensor, test: tuple[Tensor, Tensor]
) -> Iterator[int]:
    """Train all variants side by side, and log the loss of every step and the final accuracy."""
    for step in side_by_side.train(variants, images, labels, config.batch, config.steps, config.seed):
        for variant in variants:
            variant.board.log(step, scalars=scalars(variant))
        yield step
    for variant in variants:
        variant.accuracy = accuracy(variant.model, *test)
    side_by_side.close(variants, config.steps)


def scalars(variant: Variant) -> dict[str, float]:
    """The latest loss; equal weights have their capped loss in a chart of their own."""
    found = overview.loss_scalars(variant.losses)
    return found | {EQUAL_LOSS: found.pop(tags.LOSS_CAPPED)} if variant.name in EQUAL_STARTS else found


def draw_losses(variants: Sequence[Variant], floor: float) -> Tensor:
    """Draw the loss of every random start as dots, or of equal ones if there are no others, and H(y) as a band."""
    steps = len(variants[0].losses)
    series: list[pictures.Series] = [("H(y)", [0, steps], [floor, floor], "wide")]
    size = max(steps // 25, 1)
    for variant in [variant for variant in variants if variant.name not in EQUAL_STARTS] or variants:
        means = torch.tensor([overview.capped(loss) for loss in variant.losses]).unfold(0, size, size).mean(1)
        series.append((variant.name, [size * (i + 0.5) for i in range(len(means))], means, "dots"))
    title = "loss by start" if len(variants) > 1 else f"{variants[0].name}: loss"
    return pictures.lines(series, title, "training step", y_limits=(0, 5), colours=colours.MEANINGS | {"H(y)": "faint"})
