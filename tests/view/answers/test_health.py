"""The page of a watched model: what is wrong comes first, or else what was checked."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from torchdemos import Board, every, watch
from torchdemos.log import answers, listing, tags
from torchdemos.view import events
from torchdemos.view.answers import health
from torchdemos.view.events import LoggedRun

DEPTH, STEPS = 8, 3
INPUTS = torch.tensor([[1.0, 1.0, 1.0, -1.0], [1.0, -1.0, 1.0, 1.0]])  # mean 1/2, mean square 1


def chain(gain: float) -> nn.Sequential:
    """Layers each of which makes the gradient `gain` times as large."""
    model = nn.Sequential(*(nn.Linear(4, 4, bias=False) for _ in range(DEPTH)))
    with torch.no_grad():
        for layer in model:
            layer.weight.copy_(gain * torch.eye(4))
    return model


def logged(folder: Path, gain: float, lr: float = 0.0, losses: bool = True) -> LoggedRun:
    model = chain(gain)
    around, optimizer = watch(model, folder, every(1)), torch.optim.SGD(model.parameters(), lr=lr)
    for step in range(STEPS):
        with around(step):
            optimizer.zero_grad()
            loss = mse_loss(model(INPUTS), torch.zeros(2, 4))
            loss.backward()
            optimizer.step()
            if losses:
                around.loss(loss)
    return events.read(folder)


def test_a_vanishing_gradient_is_the_answer_with_where_since_when_and_what_to_try(tmp_path: Path) -> None:
    page = health.page(logged(tmp_path / "run", 0.1), "", "mine")
    assert page["question"] == "Is mine healthy?"
    assert page["answer"].startswith(
        "**Vanishing gradient, since step 0.** Of the gradient of **7 (Linear 4 → 4)**, 10⁻⁷ reaches **0 (Linear 4 → "
        "4)**: on the way back it shrinks 10 times per layer"
    )
    assert " layers. **Try:** Use He initialization, or normalization" in page["answer"]
    marks = {words.split(":")[0]: mark for mark, words in page["hero"]["checks"]}
    assert marks["vanishing, exploding"] == "ill" and marks["not finite"] == "sound"
    assert page["now_try"]["command"].startswith("nn.init.kaiming_normal_")


def test_the_hero_has_every_layers_gradient_at_every_look(tmp_path: Path) -> None:
    run = logged(tmp_path / "run", 0.1)
    hero = health.page(run, "", "mine")["hero"]
    assert hero["layers"] == [str(i) for i in range(DEPTH)] and hero["kinds"] == ["Linear 4 → 4"] * DEPTH
    assert hero["steps"] == [0, 1, 2]
    last = math.log10(2 * 0.1**DEPTH / 8 * math.sqrt(8))  # d mse / d output, over two samples of four outputs
    for i, row in enumerate(hero["log10"]):
        assert row == pytest.approx([last + (i + 1 - DEPTH)] * STEPS, abs=0.01)
    assert hero["spread"][0] == [0.0866] * STEPS  # a tenth of the square root of 3/4
    assert hero["updates"] == [["zero"] * STEPS] * DEPTH  # a learning rate of 0
    assert [loss for _, loss in hero["losses"]] == pytest.approx([0.1 ** (2 * DEPTH)] * STEPS, rel=1e-4)


def test_a_sound_model_is_told_with_what_was_checked(tmp_path: Path) -> None:
    run = logged(tmp_path / "run", 1.0, lr=0.02)
    page = health.page(run, "", "mine")
    first, last = (run.scalars[f"{tags.GRADIENT_NORM}/0{i}_{i}"][-1][1] for i in (0, 7))
    assert page["answer"] == (
        f"**Nothing alarming** in 3 looks up to step 2. The gradient of **0 (Linear 4 → 4)** is "
        f"**{10**first / 10**last:.2g} times** that of **7 (Linear 4 → 4)**, and the loss went from **1** to "
        f"**{run.scalars[tags.LOSS][-1][1]:.3g}**. No rule of the diagnosis fired, which is no proof of health."
    )
    assert {mark for mark, _ in page["hero"]["checks"]} == {"sound"}
    assert [card["title"] for card in page["cards"]] == ["How far a step moves the weights", "Signal by layer"]


def test_a_run_that_diverged_is_not_finite_from_its_step_on(tmp_path: Path) -> None:
    page = health.page(logged(tmp_path / "run", 2.0, lr=1e30), "", "mine")
    assert page["answer"].startswith("**Learning rate too large, since step 0.** ")
    assert "From it follows: not finite. **Try:** Lower the learning rate" in page["answer"]
    assert (
        "step 1, in 0 (Linear 4 → 4)"
        in dict(words.split(": first at ") for _, words in page["hero"]["checks"] if ": first at " in words).values()
    )
    hero = json.loads(answers.pack(page))["hero"]
    assert [row[1:] for row in hero["log10"]] == [["not finite"] * 2] * DEPTH
    assert hero["losses"][1:] == [[1, None], [2, None]]
    assert hero["findings"] == []


def test_what_is_no_reason_for_alarm_is_told_below(tmp_path: Path) -> None:
    run = logged(tmp_path / "run", 1.0, lr=0.02)
    run.texts[listing.FROZEN] = listing.sentence("Parameters that require no gradient", ["0.weight"])
    page = health.page(run, "", "mine")
    assert page["answer"].startswith("**Nothing alarming** in 3 looks")
    (told,) = page["hero"]["findings"]
    assert told.startswith("**Frozen.** 1 of 8 parameters are frozen, **0.weight** first. **Try:** ")


def test_each_of_several_models_has_a_page_of_its_own(tmp_path: Path) -> None:
    with Board(tmp_path / "gan") as board:
        for prefix, gain in (("generator", 1.0), ("discriminator", 0.1)):
            model = chain(gain)
            around = watch(model, board, prefix=prefix)
            with around(0):
                model(torch.ones(2, 4)).sum().backward()
                around.loss(gain)
    pages = {p: health.page(events.read(tmp_path / "gan"), p, "gan") for p in ("generator", "discriminator")}
    assert pages["generator"]["question"] == "Is gan: generator healthy?"
    assert pages["generator"]["answer"].startswith("**Nothing alarming**")
    assert pages["discriminator"]["answer"].startswith("**Vanishing gradient, since step 0.**")
    assert [page["hero"]["losses"] for page in pages.values()] == [[[0, 1.0]], [[0, 0.1]]]


def test_a_loss_that_nobody_gave_is_said(tmp_path: Path) -> None:
    page = health.page(logged(tmp_path / "run", 1.0, losses=False), "", "mine")
    assert ("open", "loss: not known; around.loss(loss) inside the block gives it") in page["hero"]["checks"]
    assert page["hero"]["losses"] == [] and "loss" not in page["answer"]


def test_a_model_without_a_layer_to_see_is_told_as_such() -> None:
    run = LoggedRun({f"{tags.GRADIENT_SUMMARY}/total": [(0, 1.0), (10, 1.0)], tags.LOSS: [(0, 2.0), (10, 1.0)]})
    page = health.page(run, "", "mine")
    assert page["answer"].startswith(
        "**Nothing alarming** in 2 looks up to step 10. No layer was seen, only parameters"
    )
    assert page["hero"]["steps"] == [] and len(page["hero"]["losses"]) == 2


@pytest.mark.parametrize(("layers", "looks"), [(25, 2000), (400, 300), (2, 5000)])
def test_a_page_stays_small_however_much_was_logged(layers: int, looks: int) -> None:
    groups = (tags.GRADIENT_NORM, tags.ACTIVATION_STD, tags.SATURATED_UNITS)
    points = [(step, -1.0 - step / 7) for step in range(looks)]
    names = [tags.layer(i, f"encoder.layers.{i}.linear", layers) for i in range(layers)]
    run = LoggedRun({f"{group}/{name}": points for name in names for group in groups})
    run.scalars |= {f"{tags.UPDATE_RATIO}/encoder.layers.{i}.linear.weight": points for i in range(layers)}
    run.scalars[tags.LOSS] = points
    page = health.page(run, "", "mine")
    assert len(answers.pack(page)) < 60_000
    assert page["hero"]["steps"][0] == 0 and page["hero"]["steps"][-1] == looks - 1
    assert len(page["hero"]["layers"]) == layers
