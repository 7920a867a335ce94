"""Cross entropy, NLL and their gradient, by autograd and by hand."""

import pytest
import torch

from torchdemos.lab.experiments import equivalence


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_claim_holds(seed: int) -> None:
    claims = equivalence.run(seed).claims
    held = [claim.name for claim in claims if claim.holds]
    assert held == [
        "NLL of log-softmax",
        "gradient of NLL, largest difference",
        "gradient of cross entropy, largest difference",
        "gradient of squared error, largest difference",
    ], claims


def test_a_gradient_that_is_off_by_a_little_is_noticed() -> None:
    gradient = torch.ones(3, 4, dtype=torch.float64)
    assert equivalence.same("gradient", "itself", gradient, gradient).holds
    assert not equivalence.same("gradient", "itself", gradient, gradient + 1e-11).holds


def test_the_picture_is_a_card() -> None:
    image = equivalence.run().figures[equivalence.FIGURE]
    assert image.shape[2] == 300 and image.shape[1] <= 200 and equivalence.FIGURE.about.endswith(".")
