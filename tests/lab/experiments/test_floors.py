"""Floors of the loss, and networks that come down to them."""

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch

from torchdemos.diagnosis import diagnose
from torchdemos.lab import losses
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.evidence import Evidence
from torchdemos.lab.experiments import floors
from torchdemos.lab.experiments.floors import Net
from torchdemos.lab.theory import loss as theory
from torchdemos.lab.training import accuracy


@pytest.fixture(scope="module")
def evidence(digits: Digits) -> Evidence:
    train, test = standardize(digits.train_images), standardize(digits.test_images)
    return floors.run(train, digits.train_labels, test, digits.test_labels, steps=60, seed=3)


@pytest.fixture
def nets(digits: Digits) -> dict[str, Net]:
    return {net.coding.name: net for net in floors.start(digits.train_labels, seed=0)}


def by_name(evidence: Evidence) -> dict[str, Claim | Bound]:
    return {claim.name: claim for claim in evidence.claims}


def test_what_does_not_need_long_training_holds_after_a_few_steps(evidence: Evidence) -> None:
    claims = by_name(evidence)
    sure = {f"{name}: loss on all training digits" for name in ("softmax twice", "log forgotten")}
    assert len(claims) == 9 and sure < claims.keys()
    assert all(claim.holds for name, claim in claims.items() if name not in sure), claims


def test_a_network_that_is_not_yet_sure_lies_above_what_a_sure_one_costs(evidence: Evidence) -> None:
    for claim in evidence.claims:
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
    name: str, kind: str, predict: Callable[[float], float], nets: dict[str, Net], digits: Digits
) -> None:
    images, labels = standardize(digits.train_images), digits.train_labels
    for _ in floors.train_side_by_side([nets[name]], images, labels, 600, 128, 1e-3, seed=4):
        pass
    assert floors.sure(nets[name], "theory", predict, images, labels).holds
    share = accuracy(nets[name].model, images, labels)
    found = diagnose(losses=nets[name].losses, label_counts=labels.bincount().tolist(), accuracy=share)
    assert [finding.kind for finding in found] == [kind]


def test_the_floors_of_the_embedded_digits(digits: Digits) -> None:
    found = {coding.name: coding.floor for coding in floors.codings(digits.train_labels)}
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
    for coding in floors.codings(labels):
        if coding.name != "constant":
            assert float(coding.loss_fn(logits, labels)) >= coding.floor - 1e-12


def test_all_start_alike_but_the_constant_one(nets: dict[str, Net]) -> None:
    one = nets["cross entropy"].model.state_dict()
    for name, net in nets.items():
        same = all(torch.equal(one[key], value) for key, value in net.model.state_dict().items())
        assert same == (name != "constant")


@pytest.mark.parametrize(
    ("claim", "name", "losses", "holds"),
    [
        (floors.never_below, "softmax twice", [2.3, 1.4612], True),
        (floors.never_below, "softmax twice", [2.3, 1.4611, 1.5], False),
        (floors.never_below, "softmax twice", [math.nan], False),
        (floors.endless_fall, "log-softmax forgotten", [0.0, -40.0, math.nan], True),
        (floors.endless_fall, "log-softmax forgotten", [0.0, -0.9], False),
    ],
)
def test_a_floor_is_held_against_the_lowest_batch(
    claim: Callable[[Net], Bound], name: str, losses: list[float], holds: bool, nets: dict[str, Net]
) -> None:
    nets[name].losses = losses
    assert claim(nets[name]).holds == holds


def test_two_trainings_that_part_are_noticed() -> None:
    coding = floors.Coding("any", "", losses.nll, 0.0)
    one, other = (Net(coding, torch.nn.Sequential(), numbers) for numbers in ([2.0, 1.0], [2.0, 1.001]))
    assert floors.same_training(one, one).holds and not floors.same_training(one, other).holds


def test_the_loss_without_a_floor_is_a_chart_of_its_own(evidence: Evidence) -> None:
    assert list(evidence.curves[floors.ENDLESS]) == list(range(60))
    image, about = evidence.pictures[floors.TAG]
    assert image.shape[2] == 300 and image.shape[1] <= 200 and "1.46" in about


def test_long_histories_are_thinned_to_means() -> None:
    assert floors.thinned([1.0, 3.0], points=40) == ([0.5, 1.5], [1.0, 3.0])
    places, means = floors.thinned([float(i) for i in range(100)], points=10)
    assert (len(places), places[0], means[0], means[-1]) == (10, 5.0, 4.5, 94.5)
