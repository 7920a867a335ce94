"""Deep and narrow networks are born dead as often as the law says."""

import pytest
import torch

from torchdemos.lab.experiments import born_dead


def test_the_shares_keep_the_law_at_another_seed() -> None:
    evidence = born_dead.run(seed=2, networks=20_000)
    assert len(evidence.claims) == 6 and all(claim.holds for claim in evidence.claims), evidence.claims
    assert evidence.pictures[born_dead.PICTURE].image.shape[2] == 300


def test_the_dead_stay_dead_and_one_layer_never_is() -> None:
    shares = born_dead.dead_shares(2, 12, 500, torch.Generator().manual_seed(0))
    assert shares[0] == 0 and shares == sorted(shares) and len(shares) == 12
    assert shares[1] == pytest.approx(0.25, abs=0.06)
