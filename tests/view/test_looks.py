"""What a log tells of one watched model at each of its looks."""

import math
from pathlib import Path

import torch
from torch import nn

from torchdemos import every, watch
from torchdemos.log import layer_kinds, tags
from torchdemos.view import events
from torchdemos.view.events import LoggedRun
from torchdemos.view.looks import Looks

STEPS = range(0, 100, 10)


def chain(slopes: dict[int, float], layers: int = 6) -> LoggedRun:
    """A run in which log10 of the gradient changes by `slopes[step]` a layer."""
    kinds = {tags.layer(i, f"fc{i}"): "Linear 4 → 4" for i in range(layers)}
    run = LoggedRun(texts={layer_kinds.TAG: layer_kinds.text(kinds)})
    for i, name in enumerate(kinds):
        run.scalars[f"{tags.ACTIVATION_STD}/{name}"] = [(step, 1.0) for step in slopes]
        run.scalars[f"{tags.GRADIENT_NORM}/{name}"] = [(step, i * slope) for step, slope in slopes.items()]
    return run


def test_a_finding_dates_from_the_first_look_of_those_that_all_have_it() -> None:
    looks = Looks(chain({step: 1.0 if step in (10, 20) or step >= 50 else 0.0 for step in STEPS}), "")
    assert [finding.kind for finding in looks.findings()] == ["vanishing gradient"]
    assert looks.since("vanishing gradient") == 50
    assert [bool(looks.findings(step)) for step in STEPS] == [False, True, True, False, False, *[True] * 5]


def test_of_many_looks_the_first_is_found_exactly() -> None:
    looks = Looks(chain({step: float(step >= 1234) for step in range(2000)}, layers=4), "")
    assert looks.since("vanishing gradient") == 1234


def test_a_finding_that_was_always_there_dates_from_the_first_look() -> None:
    assert Looks(chain(dict.fromkeys(STEPS, -1.0)), "").since("exploding gradient") == 0


def test_the_loss_that_was_given_comes_before_any_that_is_called_so() -> None:
    own = f"generator_{tags.LOSS}"
    given = LoggedRun({"generator_loss": [(0, 1.0)], own: [(0, 2.0)], tags.LOSS: [(0, 3.0)]})
    assert Looks(given, "generator").losses() == [(0, 2.0)] and Looks(given, "").losses() == [(0, 3.0)]
    called = LoggedRun({"generator_loss": [(0, 1.0)], "lossy": [(0, 9.0)], "train/loss": [(0, 4.0)]})
    assert Looks(called, "generator").losses() == [(0, 1.0)] and Looks(called, "").losses() == [(0, 1.0)]
    two = LoggedRun({"loss": [(0, 1.0)], **{f"{p}_{tags.GRADIENT_SUMMARY}/total": [(0, 1.0)] for p in ("a", "b")}})
    assert Looks(two, "").losses() == [] == Looks(two, "a").losses()


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
    assert live.layer == "2" and "already non-finite" in live.message


def test_a_gradient_of_0_is_in_the_log_and_one_that_nobody_asked_for_is_not(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(4)))
    model[0].requires_grad_(False)
    nn.init.zeros_(model[2].weight)
    around = watch(model, tmp_path / "run", every(1))
    with around(0):
        model(torch.ones(3, 4)).sum().backward()
    looks = Looks(events.read(tmp_path / "run"), "")
    cells = [looks.gradients.cell(tag, 0) for tag in looks.gradients.tags]
    assert looks.layers == ["0", "1", "2", "3"] and cells[:2] == [None, "zero"]
    assert all(isinstance(cell, float) for cell in cells[2:])
    assert looks.findings() == around.findings() and looks.findings()[0].layer == "1"
