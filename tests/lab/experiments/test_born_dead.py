"""Deep and narrow networks are born dead as often as the law says."""

import pytest
import torch

from torchdemos.lab.experiments import born_dead


def test_the_shares_keep_the_law_at_another_seed() -> None:
    result = born_dead.run(seed=2, networks=20_000)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "born dead, 2 x 5",
        "born dead, 2 x 10",
        "born dead, 2 x 20",
        "born dead, 3 x 10",
        "born dead, 4 x 20",
        "born dead, 8 x 50",
    ], result.claims
    assert result.figures[born_dead.FIGURE].shape[2] == 300


def test_the_dead_stay_dead_and_one_layer_never_is() -> None:
    shares = born_dead.dead_shares(2, 12, 500, torch.Generator().manual_seed(0))
    assert shares[0] == 0 and shares == sorted(shares) and len(shares) == 12
    assert shares[1] == pytest.approx(0.25, abs=0.06)
