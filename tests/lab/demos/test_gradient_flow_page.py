"""The page of the chain rule: its answer, its chain and its cards, from three small networks."""

import math
from pathlib import Path

import pytest
import torch

from torchdemos.board import Board
from torchdemos.lab import chain_rule, one_weight
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import gradient_flow, gradient_flow_page, gradient_training
from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.gradient_training import DeepNetwork
from torchdemos.log import answers

CONFIG = GradientFlow(depth=6, width=10, steps=3)
ACCURACIES = (0.104, 0.907, math.nan)


@pytest.fixture
def networks(digits: Digits, tmp_path: Path) -> list[DeepNetwork]:
    """Measured before training, and as if they had been trained."""
    probe = standardize(digits.train_images[:16]), digits.train_labels[:16]
    with Board(tmp_path / "run") as board:
        made = [gradient_training.build(CONFIG, board, start, probe[0]) for start in gradient_flow.TRAINED]
        for network, accuracy in zip(made, ACCURACIES, strict=True):
            gradient_flow.multiply(CONFIG, network, *probe)
            network.variant.accuracy, network.variant.losses = accuracy, [2.3] * CONFIG.steps
    return made


def page(networks: list[DeepNetwork], digits: Digits) -> Told:
    probe = standardize(digits.train_images[:16]), digits.train_labels[:16]
    return gradient_flow_page.tell(networks, one_weight.largest_gradient(networks[0].variant.model, *probe))


def with_logs(network: DeepNetwork, first: float, last: float) -> None:
    network.before["measured by hooks"] = [first, *[0.0] * (CONFIG.depth - 1), last]


def test_the_answer_multiplies_and_says_who_learned(networks: list[DeepNetwork]) -> None:
    for network, first in zip(networks, (-7.0, -1.3, 2.6), strict=True):
        with_logs(network, first, -1.0)  # six factors of 0.1, of 10^-0.05 and of 10^0.6
    assert gradient_flow_page.answer(networks) == (
        "On its way back every layer multiplies the gradient by its own factor. 6 factors of **0.1** leave **10⁻⁶·⁰** "
        "of it (after training **10\N{NO-BREAK SPACE}%** of digits are right), 6 of **0.891** let it through "
        "(**91\N{NO-BREAK SPACE}%**), 6 of **3.98** make it **10³·⁶** times as large (**none**)."
    )


def test_the_answer_has_words_for_a_gradient_of_zero_and_for_one_that_is_no_number(networks: list[DeepNetwork]) -> None:
    with_logs(networks[0], -math.inf, -1.0)
    with_logs(networks[2], math.nan, -1.0)
    said = gradient_flow_page.answer(networks)
    assert ". 6 factors leave nothing of it (" in said and ", 6 make it no number (" in said


def test_the_chain_holds_every_layers_factor_which_multiply_to_its_gradient(
    networks: list[DeepNetwork], digits: Digits
) -> None:
    chains = page(networks, digits).hero["networks"]
    assert [(chain["name"], chain["colour"]) for chain in chains] == [
        ("vanish", "var(--blue)"),
        ("flow", "var(--green)"),
        ("explode", "var(--red)"),
    ]
    for chain in chains:
        assert len(chain["factors"]) == len(chain["logs"]) == CONFIG.depth + 1 and chain["zeros"] == 0
        products = [math.log10(math.prod(chain["factors"][layer:])) for layer in range(CONFIG.depth + 1)]
        assert products == pytest.approx(chain["logs"], abs=2e-3)
        parts = [weights * slope for weights, slope in zip(chain["weights"], chain["slope"], strict=True)]
        assert parts[:-1] == pytest.approx(chain["factors"][:-1], rel=1e-3)
        assert chain["factor"] ** CONFIG.depth == pytest.approx(10 ** chain["log_ratio"], rel=1e-2)


def test_layers_that_no_gradient_reaches_are_counted(networks: list[DeepNetwork], digits: Digits) -> None:
    networks[0].before["measured by hooks"][:2] = [-math.inf] * 2
    assert page(networks, digits).hero["networks"][0]["zeros"] == 2


def test_the_weight_is_one_of_the_sigmoid_network(networks: list[DeepNetwork], digits: Digits) -> None:
    weight = page(networks, digits).hero["weight"]
    assert weight["layer"] == CONFIG.depth
    true = networks[0].variant.model.get_parameter("fc6.weight")[weight["unit"], weight["source"]]
    assert weight["w"] == true.item()


def test_the_cards_hold_measurement_over_theory_and_the_accuracies(networks: list[DeepNetwork], digits: Digits) -> None:
    lines, bars = page(networks, digits).cards
    for network, measured, theory in zip(
        networks, lines["data"]["series"][::2], lines["data"]["series"][1::2], strict=True
    ):
        assert [layer for layer, _ in measured["points"]] == [1, 2, 3, 4, 5, 6]
        products = [link.product for link in network.links[:-1]]
        assert [norm for _, norm in measured["points"]] == pytest.approx(products, rel=1e-3)
        assert theory["dashed"] and theory["points"][-1] == measured["points"][-1]  # theory starts from the last layer
    shown = [(bar["name"], bar["text"].replace("\N{NO-BREAK SPACE}", " ")) for bar in bars["data"]["bars"]]
    assert shown == [("vanish", "10 %"), ("flow", "91 %"), ("explode", "none")]
    assert bars["condition"] == "test digits named right after 3 steps" and bars["data"]["mark"][0] == 0.1


def test_a_page_of_a_hundred_layers_is_small(networks: list[DeepNetwork], digits: Digits) -> None:
    link = chain_rule.Link("fc1", 0.123456789, 1.23456789e-70, 0.123456789, 0.123456789, 1.23456789)
    told = page(networks, digits)
    for network in networks:
        network.links, network.before["measured by hooks"] = [link] * 101, [-69.123456] * 101
        network.before["mean-field theory"] = [-69.123456] * 100
    hero, cards = page(networks, digits).hero, page(networks, digits).cards
    packed = answers.pack({"question": "", "answer": "", "hero": hero, "cards": cards, "claims": []})
    assert len(packed) < 60_000 and told.now_try["command"].startswith("torchdemos gradient-flow ")


def test_an_accuracy_that_is_not_finite_draws_no_bar(networks: list[DeepNetwork], digits: Digits) -> None:
    told = page(networks, digits)
    packed = answers.pack({"question": "", "answer": "", "hero": told.hero, "cards": told.cards, "claims": []})
    page_again = answers.unpack(packed)
    assert page_again is not None and page_again["cards"][1]["data"]["bars"][2]["value"] is None
    assert torch.tensor(page_again["hero"]["networks"][2]["factors"]).isfinite().all()
