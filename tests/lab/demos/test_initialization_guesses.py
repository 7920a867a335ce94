"""The answers of the experiments, as the demo's questions ask for them."""

import pytest

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos import initialization_guesses
from torchdemos.lab.demos.configs import Initialization
from torchdemos.lab.experiments import depth_split, symmetry
from torchdemos.lab.experiments.depth_split import Group

CLAIMS = [
    Bound("all weights 0.1: rank of the first layer", "s", 1.0, high=1),
    Claim("all weights 0: loss", "s", 2.3026, 2.303, 0.01),
    Claim("22 layers, Xavier: log2 of variance", "s", -21.0, -21.0, 2, relative=False),
    Bound("30 layers, Xavier: share of digits named right", "s", 0.12, high=0.15),
]


def test_every_question_has_an_outcome_that_theory_knew() -> None:
    found = initialization_guesses.outcomes(CLAIMS)
    for question in initialization_guesses.questions(Initialization()):
        assert question.right(*found[question.key]), question.key
    assert found["xavier_factor"] == (0.5, 0.5) and found["thirty_layers"] == (10.0, pytest.approx(12.0))


def test_the_experiments_use_these_names(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    groups = {
        (depth, name): Group(torch.ones(60, 1), [0.5]) for depth in depth_split.DEPTHS for name in depth_split.STARTS
    }
    names = [claim.name for claim in depth_split.outcomes(groups, 2.3)]
    assert CLAIMS[3].name in names and f"all weights 0: {symmetry.NAMED}".startswith("all weights 0")


def test_an_experiment_that_was_not_run_has_no_outcome() -> None:
    assert initialization_guesses.outcomes([]) == {}
