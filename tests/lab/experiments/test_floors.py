"""Floors of the loss, and networks that come down to them."""

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch

from torchdemos.diagnosis import History, diagnose
from torchdemos.lab import losses
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.codings import Coding, codings
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import floors
from torchdemos.lab.experiments.floors import CodedNetwork
from torchdemos.lab.result import Result
from torchdemos.lab.theory import loss as theory
from torchdemos.lab.training import accuracy


@pytest.fixture(scope="module")
def result(digits: Digits) -> Result:
    train, test = standardize(digits.train_images), standardize(digits.test_images)
    return floors.run(train, digits.train_labels, test, digits.test_labels, steps=60, seed=3)


@pytest.fixture
def networks(digits: Digits) -> dict[str, CodedNetwork]:
    return {network.coding.name: network for network in floors.start(digits.train_labels, seed=0)}


def by_name(result: Result) -> dict[str, Claim | Bound]:
    return {claim.name: claim for claim in result.claims}


def test_what_does_not_need_long_training_holds_after_a_few_steps(result: Result) -> None:
    claims = by_name(result)
    need_long_training = ["softmax twice: loss on all training digits", "log forgotten: loss on all training digits"]
    hold_at_once = [
        "NLL and cross entropy: largest difference in training",
        "smoothing: lowest batch loss",
        "softmax twice: lowest batch loss",
        "log forgotten: lowest batch loss",
        "constant: loss on all training digits",
        "constant: test accuracy",
        "log-softmax forgotten: lowest batch loss",
    ]
    assert sorted(claims) == sorted(need_long_training + hold_at_once)
    assert all(claims[name].holds for name in hold_at_once), claims


def test_a_network_that_is_not_yet_sure_lies_above_what_a_sure_one_costs(result: Result) -> None:
    for claim in result.claims:
        if "accuracy" in claim.source:
            assert isinstance(claim, Claim) and 0 < claim.measured - claim.predicted < 0.2


@pytest.mark.parametrize(
    ("name", "kind", "predict"),
    [
        ("softmax twice", "softmax applied twice", partial(theory.softmax_twice_floor, 10)),
        ("log forgotten", "forgotten log", theory.forgotten_log_floor),
    ],
)
def test_a_sure_networks_loss_is_its_accuracy_and_names_the_bug(
    name: str, kind: str, predict: Callable[[float], float], networks: dict[str, CodedNetwork], digits: Digits
) -> None:
    images, labels = standardize(digits.train_images), digits.train_labels
    for _ in floors.train_side_by_side([networks[name]], images, labels, 600, 128, 1e-3, seed=4):
        pass
    assert floors.sure_claim(networks[name], "theory", predict, images, labels).holds
    share = accuracy(networks[name].model, images, labels)
    losses, counts = list(enumerate(networks[name].losses)), labels.bincount().tolist()
    found = diagnose(History(losses=losses, label_counts=counts, accuracy=share))
    assert [finding.kind for finding in found] == [kind]


def test_the_floors_of_the_embedded_digits(digits: Digits) -> None:
    found = {coding.name: coding.floor for coding in codings(digits.train_labels)}
    expected = {
        "squared error": 0,
        "cross entropy": 0,
        "NLL": 0,
        "smoothing": 0.50029,
        "softmax twice": 1.46115,
        "log forgotten": -1,
        "constant": math.log(10),
        "log-softmax forgotten": -math.inf,
    }
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("scale", [0.1, 3.0, 300.0])
def test_no_logits_get_below_a_floor(scale: float, digits: Digits, generator: torch.Generator) -> None:
    labels = digits.train_labels
    logits = scale * torch.randn(len(labels), 10, generator=generator, dtype=torch.float64)
    logits += scale * losses.one_hot(logits, labels)
    for coding in codings(labels):
        if coding.name != "constant":
            assert float(coding.loss_fn(logits, labels)) >= coding.floor - 1e-12


def test_all_start_alike_but_the_constant_one(networks: dict[str, CodedNetwork]) -> None:
    one = networks["cross entropy"].model.state_dict()
    for name, network in networks.items():
        same = all(torch.equal(one[key], value) for key, value in network.model.state_dict().items())
        assert same == (name != "constant")


@pytest.mark.parametrize(
    ("claim", "name", "losses", "holds"),
    [
        (floors.floor_claim, "softmax twice", [2.3, 1.4612], True),
        (floors.floor_claim, "softmax twice", [2.3, 1.4611, 1.5], False),
        (floors.floor_claim, "softmax twice", [math.nan], False),
        (floors.endless_claim, "log-softmax forgotten", [0.0, -40.0, math.nan], True),
        (floors.endless_claim, "log-softmax forgotten", [0.0, -0.9], False),
    ],
)
def test_a_floor_is_held_against_the_lowest_batch(
    claim: Callable[[CodedNetwork], Bound],
    name: str,
    losses: list[float],
    holds: bool,
    networks: dict[str, CodedNetwork],
) -> None:
    networks[name].losses = losses
    assert claim(networks[name]).holds == holds


def test_two_trainings_that_part_are_noticed() -> None:
    coding = Coding("any", "", losses.nll, 0.0)
    one, other = (CodedNetwork(coding, torch.nn.Sequential(), numbers) for numbers in ([2.0, 1.0], [2.0, 1.001]))
    assert floors.same_training_claim(one, one).holds and not floors.same_training_claim(one, other).holds


def test_the_loss_without_a_floor_is_a_chart_of_its_own(result: Result) -> None:
    assert list(result.curves[floors.ENDLESS_CURVE]) == list(range(60))
    image = result.figures[floors.FIGURE]
    assert image.shape[2] == 300 and image.shape[1] <= 200 and "1.46" in floors.FIGURE.about


def test_long_histories_are_averaged_in_bins() -> None:
    assert floors.bin_means([1.0, 3.0], points=40) == ([0.5, 1.5], [1.0, 3.0])
    places, means = floors.bin_means([float(i) for i in range(100)], points=10)
    assert (len(places), places[0], means[0], means[-1]) == (10, 5.0, 4.5, 94.5)
