"""The page of the learning rate: words that follow from the multiple, names that differ, numbers of the run."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
import torch

from torchdemos.lab.claims import Bound
from torchdemos.lab.demos import learning_rate_page, learning_rate_valley
from torchdemos.lab.demos.answer import Told
from torchdemos.lab.experiments import ladder, quadratic
from torchdemos.lab.result import Result
from torchdemos.log import answers

LADDER = (0.02, 0.5, 0.99, 1.05)
SHARPNESS = {0: 30.0, 10: 41.0, 20: math.nan}
INPUTS = torch.rand(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
LABELS = torch.arange(40) % 10


@cache
def thresholds() -> list[quadratic.Threshold]:
    """Of three pixels, found 0.1 % beside the prediction."""
    kinds = {"raw": INPUTS, "centred": INPUTS - INPUTS.mean(0)}
    bowls = {kind: quadratic.bowl(pixels, LABELS) for kind, pixels in kinds.items()}
    found = {kind: quadratic.Bracket(1.001 * bowl.threshold, 1.001 * bowl.threshold) for kind, bowl in bowls.items()}
    return [quadratic.Threshold(kind, bowl, found[kind]) for kind, bowl in bowls.items()]


def tell(multiples: Sequence[float] = LADDER, steps: int = 30, settled: bool = True, lr: float = 0.05) -> Told:
    """What a run on three pixels tells."""
    rungs = ladder.train(thresholds()[0].bowl, INPUTS, LABELS, multiples, steps)
    claim = Bound("it settles", "", float(settled), low=1)
    at_edge = Result([claim], curves={"edge_of_stability/sharpness": SHARPNESS})
    return learning_rate_page.tell(multiples, thresholds(), dict(zip("abcd", rungs, strict=True)), at_edge, lr, 40)


def largest_curvature(pixels: np.ndarray) -> float:
    x = np.column_stack([pixels, np.ones(len(pixels))])
    return float(np.linalg.eigvalsh(x.T @ x / len(x))[-1])


def label(told: Told) -> list[str]:
    return [line["name"] for line in told.cards[0]["data"]["series"]]


def test_the_wall_is_where_the_pixels_say() -> None:
    told, curvature = tell(), largest_curvature(INPUTS.numpy())
    assert told.hero["curvature"] == pytest.approx(curvature) and told.hero["wall"] == pytest.approx(2 / curvature)
    assert f"above **{2 / curvature:.3g}** every step" in told.answer and ", 0.1 % off." in told.answer
    assert len(told.answer.replace("*", "")) <= 260


def test_every_ball_has_its_measured_way_along_the_steepest_direction() -> None:
    balls = tell().hero["balls"]
    assert [ball["multiple"] for ball in balls] == list(LADDER)
    for ball in balls:
        exact = [(1 - 2 * ball["multiple"]) ** step for step in range(14)]
        assert ball["measured"] == pytest.approx(exact, rel=1e-4, abs=1e-12)


@pytest.mark.parametrize(
    ("multiples", "words"),
    [
        (LADDER, ["crawls", "good", "jumps", "diverges"]),
        ((0.5, 0.9, 0.999, 1.001), ["good", "overshoots", "jumps", "diverges"]),
        ((0.1, 0.2, 1.0, 1.5), ["walks down", "walks down", "bounces", "diverges"]),
        ((1e-30, 0.01, 1e20, 1e30), ["crawls", "crawls", "diverges", "diverges"]),
    ],
)
def test_words_follow_from_the_multiple(multiples: Sequence[float], words: list[str]) -> None:
    assert [name.split(" ", 1)[1] for name in label(tell(multiples))] == words


def test_learning_rates_have_as_many_digits_as_tell_them_apart() -> None:
    assert learning_rate_valley.rate_names([0.05107, 0.00102, 0.0255]) == ["0.0511", "0.00102", "0.0255"]
    assert learning_rate_valley.rate_names([0.05107, 0.05109, 1e-32]) == ["0.05107", "0.05109", "1e-32"]
    assert learning_rate_valley.rate_names([0.1, 0.1]) == ["0.1", "0.1"]


def test_the_slider_reaches_beyond_the_ladder_but_not_without_end() -> None:
    assert [tell((0.1, 0.2, 0.3, last)).hero["end"] for last in (1.05, 1.5, 1e30)] == [1.25, pytest.approx(1.65), 2.5]


def test_the_measured_losses_are_those_of_the_run_down_to_the_last() -> None:
    told, curvature = tell(steps=120), largest_curvature(INPUTS.numpy())
    card = told.cards[0]
    inputs, goals = np.column_stack([INPUTS.numpy(), np.ones(40)]), np.eye(10)[LABELS.numpy()]
    for line, multiple in zip(card["data"]["series"], LADDER, strict=True):
        weights = np.zeros((4, 10))
        for _ in range(119):
            weights -= multiple * 2 / curvature * inputs.T @ (inputs @ weights - goals) / 40
        loss = float(np.square(inputs @ weights - goals).sum() / 80)
        assert line["points"][0] == (0, 0.5) and line["points"][-1] == (119, pytest.approx(loss, rel=1e-3))
        assert len(line["points"]) <= 61
    assert "ends lowest" in card["about"] and "after 119 steps" in card["about"]


def test_a_ladder_beyond_all_numbers_is_told_in_a_sentence() -> None:
    told = tell((1e20, 1e22, 1e25, 1e30))
    assert told.cards[0]["about"] == "All of them left the range of numbers."


@pytest.mark.parametrize(
    ("settled", "condition"), [(True, "climbs to 2/lr = 40 and stays near"), (False, "sharpness and 2/lr")]
)
def test_the_sharpness_stands_beside_its_edge(settled: bool, condition: str) -> None:
    card = tell(settled=settled).cards[1]
    sharpness, edge = card["data"]["series"]
    assert sharpness["points"] == [(0, 30.0), (10, 41.0)] and set(edge["points"]) == {(0, 40.0), (10, 40.0), (20, 40.0)}
    assert condition in card["condition"] and ("did not settle at 40" in card["about"]) is not settled


def test_the_walls_of_all_kinds_of_pixels_are_compared() -> None:
    raw, centred = (2 / largest_curvature(pixels.numpy()) for pixels in (INPUTS, INPUTS - INPUTS.mean(0)))
    card = tell().cards[2]
    assert [bar["value"] for bar in card["data"]["bars"]] == pytest.approx([raw, centred], rel=1e-4)
    assert f"{centred / raw:.2g} times as large" in card["about"]


@pytest.mark.parametrize("multiples", [LADDER, (1e-30, 1.0, 1e20, 1e30)])
def test_the_page_is_small_and_can_be_packed(multiples: Sequence[float]) -> None:
    told = tell(multiples, steps=100, lr=1e30)
    page: answers.Page = {"question": "", "answer": told.answer, "hero": told.hero, "cards": told.cards, "claims": []}
    packed = answers.pack(page)
    assert len(packed) < 20_000 and answers.unpack(packed) is not None
