"""The page of "What is loss?": its digit, its sentence and its cards, from outputs whose losses are known."""

import math

import pytest
import torch
from torch import Tensor, nn

from torchdemos.lab.data import Digits
from torchdemos.lab.demos import loss_page
from torchdemos.lab.experiments import floors, slowdown
from torchdemos.lab.experiments.floors import CodedNetwork
from torchdemos.log import answers

RIGHT = (0.999, 0.3, 0.72, 0.9)  # the probabilities of the right class of four digits
LABELS = torch.tensor([1, 4, 6, 0])


def outputs() -> Tensor:
    """Logits of four digits whose right classes have these probabilities; the nine others share the rest."""
    shares = torch.tensor([[(1 - p) / 9] * 10 for p in RIGHT])
    shares[torch.arange(4), LABELS] = torch.tensor(RIGHT)
    return shares.log() + torch.tensor([[5.0], [-2.0], [3.0], [0.0]])  # softmax takes no notice of a shift


class Known(nn.Module):
    """Gives the four digits these outputs."""

    def forward(self, images: Tensor) -> Tensor:
        return outputs()


@pytest.fixture
def few() -> Digits:
    images = torch.linspace(0, 1, 4 * 784).view(4, 1, 28, 28)
    return Digits(images, LABELS, images, LABELS, "four digits")


@pytest.fixture
def networks(few: Digits) -> list[CodedNetwork]:
    made = floors.start(few.train_labels, seed=0)
    for network in made:
        network.losses[:] = [3.0, 1.0]
        network.accuracy = 0.934
    made[1].model = nn.Sequential(Known())
    return made


def page(networks: list[CodedNetwork], digits: Digits) -> loss_page.Told:
    return loss_page.told(networks, digits, slowdown.run().claims, seed=0)


def test_the_digit_is_the_one_whose_right_class_is_nearest_to_0_7(networks: list[CodedNetwork], few: Digits) -> None:
    hero = page(networks, few).hero
    assert hero["kind"] == "loss_curve" and hero["when"] == "from the test set, after 2 steps"
    assert hero["digit"]["label"] == 6
    assert hero["digit"]["logits"] == pytest.approx(outputs()[2].tolist(), rel=1e-6)
    assert hero["digit"]["pixels"] == [round(255 * ink) for ink in few.test_images[2].flatten().tolist()]


def test_both_spellings_of_the_loss_are_minus_ln_p(networks: list[CodedNetwork], few: Digits) -> None:
    assert page(networks, few).hero["measured"] == pytest.approx([-math.log(0.72)] * 2, abs=1e-6)


def test_the_answer_has_the_loss_of_the_digit_and_of_the_costliest(networks: list[CodedNetwork], few: Digits) -> None:
    said = page(networks, few).answer
    assert "**0.329** for this 6 (p = **0.7200**)" in said  # -ln 0.72
    assert "**1.2** for the costliest of 4" in said  # -ln 0.3


def test_the_card_of_floors_names_each_floor_and_draws_no_loss_without_one(
    networks: list[CodedNetwork], few: Digits
) -> None:
    card = page(networks, few).cards[0]
    minus = "\N{MINUS SIGN}"
    assert [one["name"] for one in card["data"]["series"]] == [
        "cross entropy ≥ 0",
        "smoothing ≥ 0.5",
        "softmax twice ≥ 1.46",
        f"log forgotten ≥ {minus}1",
        "all weights 0 ≥ 1.39",  # four labels, once each: ln 4
    ]
    assert all(one["points"] == [[0.5, 3.0], [1.5, 1.0]] for one in card["data"]["series"])
    assert "93\N{NO-BREAK SPACE}% of the test digits" in card["about"] and "1.461" in card["about"]


def test_the_card_of_a_sure_mistake_has_the_steps_of_both_losses(networks: list[CodedNetwork], few: Digits) -> None:
    card = page(networks, few).cards[1]
    assert [(bar["name"], bar["text"]) for bar in card["data"]["bars"]] == [
        ("squared error", "232"),
        ("cross entropy", "17"),
    ]
    assert card["title"] == "Surely wrong, p = 0.02" and "Theory: 230 and 16.6" in card["about"]


def test_a_diverged_network_is_shown_as_it_was_before_training(networks: list[CodedNetwork], few: Digits) -> None:
    networks[1].model = floors.start(few.train_labels, seed=0)[1].model
    before = page(networks, few)
    for parameter in networks[1].model.parameters():
        nn.init.constant_(parameter, math.nan)
    networks[1].losses[:] = [math.inf, math.nan]
    networks[4].accuracy = math.nan
    told = page(networks, few)
    assert told.hero["digit"] == before.hero["digit"] and "which diverged" in told.hero["when"]
    assert "none of the test digits" in told.cards[0]["about"]
    packed = answers.pack({"question": "", "claims": [], **vars(told)})
    assert answers.unpack(packed) is not None and len(packed) < 60_000
