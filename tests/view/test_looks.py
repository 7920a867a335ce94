"""What a log tells of one watched model at each of its looks."""

import math
from pathlib import Path

import torch
from torch import nn

from torchdemos import every, watch
from torchdemos.log import listing, tags
from torchdemos.view import events
from torchdemos.view.events import LoggedRun
from torchdemos.view.looks import Looks


def chain(reach: float, looks: int = 4) -> LoggedRun:
    """A run in which log10 of the gradient falls by `reach` from the last of six layers to the first."""
    kinds = {tags.layer(i, f"fc{i}"): "Linear 4 → 4" for i in range(6)}
    run = LoggedRun(texts={listing.KINDS: listing.text(kinds)})
    for i, name in enumerate(kinds):
        run.scalars[f"{tags.ACTIVATION_STD}/{name}"] = [(step, 1.0) for step in range(looks)]
        run.scalars[f"{tags.GRADIENT_NORM}/{name}"] = [(step, (i / 5 - 1) * reach) for step in range(looks)]
    return run


def test_a_log_of_numbers_alone_is_diagnosed() -> None:
    assert [(f.kind, f.layer, f.step) for f in Looks(chain(9.0), "").findings()] == [("vanishing gradient", "fc0", 0)]
    assert Looks(chain(0.0), "").findings() == []


def test_a_look_counts_whatever_was_logged_of_it() -> None:
    run = LoggedRun(
        {
            f"{tags.ACTIVATION_STD}/00_a": [(0, 1.0), (3, 1.0)],
            f"{tags.ZERO_GRADIENT}/00_a": [(1, 1.0)],
            f"{tags.GRADIENT_SUMMARY}/total": [(2, 1.0), (3, 1.0)],
            f"{tags.GRADIENT_SUMMARY}/total_added": [(5, 1.0)],
            tags.LOSS: [(9, 1.0)],
        }
    )
    looks = Looks(run, "")
    assert looks.steps == [0, 1, 2, 3, 5] == looks.history().steps
    assert looks.history().losses == [(9, 1.0)]


def test_the_loss_is_the_one_that_was_given_to_the_looks() -> None:
    own = f"generator_{tags.LOSS}"
    run = LoggedRun({"generator_loss": [(0, 1.0)], own: [(0, 2.0)], tags.LOSS: [(0, 3.0)]})
    assert Looks(run, "generator").losses() == [(0, 2.0)] and Looks(run, "").losses() == [(0, 3.0)]
    called = LoggedRun({"generator_loss": [(0, 1.0)], "loss": [(0, 9.0)], "train/loss": [(0, 4.0)]})
    assert Looks(called, "generator").losses() == [] == Looks(called, "").losses()


def test_a_log_says_what_the_watch_says_of_broken_weights(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    around = watch(model, tmp_path / "run", every(1))
    for step in range(2):
        with around(step):
            model(torch.ones(3, 4)).sum().backward()
        with torch.no_grad():
            model[2].weight.fill_(math.nan)
    (live,) = around.findings()
    assert Looks(events.read(tmp_path / "run"), "").findings() == [live]
    assert (live.kind, live.layer, live.step) == ("not finite", "2", 1) and "weights of '2'" in live.message


def test_a_gradient_of_0_is_in_the_log_and_one_that_nobody_asked_for_is_not(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(4)))
    model[0].requires_grad_(False)
    nn.init.zeros_(model[2].weight)
    around = watch(model, tmp_path / "run", every(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    for step in range(3):
        with around(step):
            model(torch.randn(3, 4)).sum().backward()
            optimizer.step()
    looks = Looks(events.read(tmp_path / "run"), "")
    cells = [looks.gradients.cell(tag, 0) for tag in looks.gradients.tags]
    assert looks.layers == ["0", "1", "2", "3"] and cells[:2] == [None, "zero"]
    assert all(isinstance(cell, float) for cell in cells[2:])
    assert looks.findings() == around.findings()
    assert ("gradient cut off", "1") in [(finding.kind, finding.layer) for finding in looks.findings()]
