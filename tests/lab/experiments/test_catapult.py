"""Falls below 2, lands between 2 and 4, diverges above 4: learning rate x sharpness."""

import pytest
import torch

from torchdemos.lab.experiments import catapult
from torchdemos.lab.result import Result
from torchdemos.lab.sharpness import sharpness

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result() -> Result:
    return catapult.run(100, CPU)


def test_every_claim_holds_with_other_seeds(result: Result) -> None:
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "catapult: lr x sharpness from which the loss rises, worst of 5",
        "catapult: lr x sharpness from which it diverges, worst of 5",
        "catapult: largest loss / first, lr x sharpness 3",
        "catapult: lr x sharpness at the end, 3 at the start",
    ], result.claims
    assert [claim.measured for claim in result.claims[:2]] == pytest.approx([2, 4], rel=0.005)


@pytest.mark.parametrize(("multiple", "rises", "lands"), [(1.9, False, True), (2.5, True, True), (4.05, True, False)])
def test_each_regime(multiple: float, rises: bool, lands: bool) -> None:
    for trajectory in catapult.predict_and_train([multiple] * 3, range(3), CPU):
        assert (trajectory.height > 1.5, trajectory.lands) == (rises, lands)
        assert not lands or trajectory.learning_rate * trajectory.end.sharpness < 2


def test_the_trained_network_follows_the_map_of_two_numbers() -> None:
    for trajectory in catapult.predict_and_train([1.5, 3.0, 4.05], range(3), CPU):
        assert trajectory.measured[:10] == pytest.approx(trajectory.predicted[:10], rel=1e-6)


def test_the_sharpness_of_the_solvable_model_is_that_of_its_hessian() -> None:
    model = catapult.Products([0], CPU)
    loss = model().square().sum() / 2
    assert sharpness(loss, model.parameters()).value == pytest.approx(model.states()[0].sharpness, rel=0.05)
