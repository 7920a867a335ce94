"""The page on initialization, from numbers that are known."""

import base64
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from torchdemos.lab.demos import initialization_page
from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.configs import INITS, Init, Initialization
from torchdemos.lab.experiments.equal_start import Recorded, Snapshot
from torchdemos.lab.experiments.starts import LayerScales
from torchdemos.log import answers

FACTORS = {"zero": 0.0, "small": 0.5, "large": 2.0, "he": 1.0}


def recorded(accuracies: Sequence[float], start: float) -> Recorded:
    """Three snapshots of 36 neurons, of which the second holds 0.5 and -0.25 beside 0."""
    weights = torch.full((36, 784), start), torch.zeros(36, 784), torch.full((36, 784), math.nan)
    weights[1][1, 3], weights[1][4, 783] = 0.5, -0.25
    snapshots = {
        step: Snapshot(w, accuracy) for step, w, accuracy in zip((0, 50, 200), weights, accuracies, strict=True)
    }
    return Recorded([2.0] * 5 + [1.0] * 5 + [9.0], snapshots)


def told(inits: tuple[Init, ...] = INITS, depth: int = 4, ends: Mapping[str, float] | None = None) -> Told:
    boards = {name: SimpleNamespace(folder=Path(f"run/{INITS.index(name)}_{name}")) for name in inits}
    variants: Any = [
        SimpleNamespace(name=name, accuracy=(ends or {}).get(name, 0.5), board=boards[name]) for name in inits
    ]
    scales = {
        name: LayerScales([3 * FACTORS.get(name, 1.0) ** (i + (name == "zero")) for i in range(depth)] + [7.0], [])
        for name in inits
    }
    networks = {
        "zero": recorded([0.1, 0.1, 0.1], 0.0),
        "constant": recorded([0.1, 0.2, 0.2371], 0.01),
        "random": recorded([0.09, 0.8, 0.8666], 0.02),
    }
    return initialization_page.told(Initialization(inits=inits, depth=depth), variants, scales, networks, 2.3026)


def test_the_answer_has_the_accuracies_and_what_became_of_the_signal() -> None:
    assert told().answer.replace("\u00a0", " ") == (
        "With random numbers of the right size. Neurons that start equal stay **one** neuron: **23.7 %** right, random "
        "ones **86.7 %**. And the signal changes from layer 1 to 4 by **1** with He's start, by "
        "**0.12** with a small one, by **8** with a large one."
    )


@pytest.mark.parametrize(
    ("inits", "depth", "end"),
    [
        (("large", "zero"), 3, "by **4** with a large one."),
        (("zero", "lsuv"), 3, "random ones **86.7\u00a0%**."),
        (INITS, 1, "random ones **86.7\u00a0%**."),
        (("large",), 31, "from layer 1 to 31 by **10⁹** with a large one."),
    ],
)
def test_the_answer_speaks_of_what_this_run_has(inits: tuple[Init, ...], depth: int, end: str) -> None:
    assert told(inits, depth).answer.endswith(end)


def test_every_start_has_its_curve_zero_and_constant_too() -> None:
    curves = {curve["name"]: curve for curve in told().hero["signal"]}
    assert set(curves) == set(INITS) and len({curve["colour"] for curve in curves.values()}) == len(INITS)
    assert curves["zero"]["colour"] == "var(--ink)" and curves["he"]["colour"] == "var(--green)"
    assert curves["zero"]["points"] == [[1, 0.0], [2, 0.0], [3, 0.0], [4, 0.0]]
    assert curves["small"]["points"] == [[1, 3.0], [2, 1.5], [3, 0.75], [4, 0.375]]
    factors = {name: curve["factor"] for name, curve in curves.items() if curve["factor"] is not None}
    assert factors == {"small": 0.5, "large": 2, "xavier": 0.71, "he": 1}


def test_weights_are_read_back_to_a_254th_of_their_range() -> None:
    first, second, broken = told().hero["columns"][0]["rows"]
    parts = np.frombuffer(base64.b64decode(second["weights"]), np.int8).reshape(5, 28, 28)
    expected = np.zeros((5, 28, 28), np.int8)
    expected[1, 0, 3], expected[4, 27, 27] = 127, -64
    assert second["scale"] == 0.5 and (parts == expected).all()
    assert set(base64.b64decode(first["weights"])) == {127} and first["scale"] == 0.01
    assert broken["scale"] == 0 and set(base64.b64decode(broken["weights"])) == {0}


def test_every_row_has_its_step_its_accuracy_and_its_number_of_neurons() -> None:
    rows = [(row["step"], row["right"], row["distinct"]) for row in told().hero["columns"][1]["rows"][:2]]
    assert rows == [(0, "9\u00a0%", 1), (50, "80\u00a0%", 3)]


def test_a_diverged_start_has_no_bar_and_says_so() -> None:
    bars = {bar["name"]: bar for bar in told(ends={"large": math.nan, "he": 0.892}).cards[0]["data"]["bars"]}
    assert list(bars) == list(INITS) and bars["he"]["text"] == "89.2\u00a0%"
    assert bars["large"]["text"] == "not numbers any more"


def test_losses_are_means_of_five_steps() -> None:
    series = told().cards[1]["data"]["series"]
    assert [line["name"] for line in series] == ["zero", "constant", "random"]
    assert series[0]["points"] == [[5, 2.0], [10, 1.0]]


def test_a_page_is_small() -> None:
    page = told()
    packed = answers.pack(
        {"question": "?", "answer": page.answer, "hero": page.hero, "cards": page.cards, "claims": ()}
    )
    assert len(packed) < 60_000
