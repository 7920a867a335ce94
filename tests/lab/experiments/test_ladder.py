"""The losses of a linear layer are known before training, at every learning rate."""

import pytest
import torch
from torch import Tensor

from torchdemos.lab.claims import Bound
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import ladder, quadratic
from torchdemos.lab.experiments.ladder import Rung
from torchdemos.lab.experiments.quadratic import Bowl

FEW = 1000


@pytest.fixture(scope="module")
def data(digits: Digits) -> tuple[Tensor, Tensor]:
    return quadratic.pixels(digits.train_images[:FEW], "raw"), digits.train_labels[:FEW]


@pytest.fixture(scope="module")
def bowl(data: tuple[Tensor, Tensor]) -> Bowl:
    return quadratic.bowl(*data)


@pytest.fixture(scope="module")
def rungs(bowl: Bowl, data: tuple[Tensor, Tensor]) -> list[Rung]:
    return ladder.train(bowl, *data, (0.02, 0.5, 0.99, 1.05), 40)


def test_losses_of_autograd_are_those_of_the_formula(rungs: list[Rung]) -> None:
    claim = ladder.curves_claim(rungs, FEW)
    assert claim.holds and isinstance(claim, Bound) and claim.measured < 1e-9
    assert all(rung.distance == pytest.approx(rung.exact_distance, abs=1e-9) for rung in rungs)


def test_descent_on_the_averages_is_descent_on_the_digits(bowl: Bowl, rungs: list[Rung]) -> None:
    for rung in rungs:
        assert list(quadratic.descend(bowl, rung.learning_rate, 40)) == pytest.approx(rung.measured, rel=1e-9)


def test_a_wrong_formula_would_be_noticed(bowl: Bowl, data: tuple[Tensor, Tensor]) -> None:
    other = bowl._replace(curvatures=bowl.curvatures * 1.001)
    assert not ladder.curves_claim(ladder.train(other, *data, [0.5], 5), FEW).holds


def test_only_the_rung_above_the_threshold_ends_higher_than_it_began(rungs: list[Rung]) -> None:
    assert [rung.measured[-1] > rung.measured[0] for rung in rungs] == [False, False, False, True]


def test_rungs_beyond_all_numbers_are_data(bowl: Bowl, data: tuple[Tensor, Tensor]) -> None:
    rungs = ladder.train(bowl, *data, (1, 1e10, 1e20, 1e30), 12)
    assert len(rungs[-1].measured) == 12 and ladder.curves_claim(rungs, FEW).holds


def test_the_random_state_is_not_touched(bowl: Bowl, data: tuple[Tensor, Tensor]) -> None:
    before = torch.get_rng_state()
    ladder.train(bowl, *data, [0.5], 1)
    assert torch.equal(before, torch.get_rng_state())
