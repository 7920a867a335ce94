"""Every claim of the exhibit, measured."""

import math
from pathlib import Path

import pytest
from reading import Log

from torchdemos.board import Board, tags
from torchdemos.data import Digits
from torchdemos.demos import gradient_flow
from torchdemos.demos.configs import GradientFlow
from torchdemos.demos.result import Result


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("flow") / "run"
    with Board(folder) as board:
        return folder, gradient_flow.run(GradientFlow(steps=60), board, digits)


def test_every_claim_of_a_run_holds(ran: tuple[Path, Result]) -> None:
    claims = ran[1].claims
    assert len(claims) == 7 and all(claim.holds for claim in claims), claims


def test_vanishing_stays_at_guessing_and_flow_learns(ran: tuple[Path, Result]) -> None:
    final = {name: Log(ran[0] / name).values("final/accuracy")[0] for name in ("0_vanish", "1_flow", "2_explode")}
    assert final["0_vanish"] < 0.2 and final["2_explode"] < 0.4 and final["1_flow"] > 0.7


def test_the_diagnosis_names_the_disease(ran: tuple[Path, Result]) -> None:
    kinds = {where: finding.kind for where, finding in ran[1].findings.items()}
    assert kinds["0_vanish, from step 0"] == "vanishing gradient"
    assert kinds["2_explode, from step 0"] == "exploding gradient"
    assert not any(where.startswith("1_flow") for where in kinds)


def test_theory_stands_beside_the_measurement_layer_by_layer(ran: tuple[Path, Result]) -> None:
    measured, theory = (Log(ran[0] / run) for run in ("0_vanish", "0.theory"))
    assert theory.steps(tags.GRADIENT_BY_LAYER) == list(range(1, 21))
    assert measured.steps(tags.GRADIENT_BY_LAYER) == list(range(1, 22))
    pairs = zip(measured.values(tags.GRADIENT_BY_LAYER), theory.values(tags.GRADIENT_BY_LAYER), strict=False)
    assert all(abs(a - b) < 0.25 for a, b in pairs)


def test_the_factors_logged_by_layer_multiply_to_the_first_gradient(ran: tuple[Path, Result]) -> None:
    log = Log(ran[0] / "2_explode")
    product = sum(math.log10(factor) for factor in log.values(tags.FACTOR_BY_LAYER))
    assert product == pytest.approx(log.values(tags.GRADIENT_BY_LAYER)[0], abs=1e-4)


def test_few_pictures_and_a_small_folder(ran: tuple[Path, Result]) -> None:
    steps = Log(ran[0] / "1_flow").image_steps(tags.GRADIENT_HEATMAP)
    assert len(steps) <= 10 and (steps[0], steps[-1]) == (0, 59)
    assert sum(path.stat().st_size for path in ran[0].rglob("*") if path.is_file()) < 5_000_000


def test_the_readme_links_to_the_pinned_cards(ran: tuple[Path, Result]) -> None:
    page = Log(ran[0]).text("README")
    assert page.startswith(f"# {gradient_flow.QUESTION}")
    assert "](?pinnedCards=" in page and "embedded sample" in page and "1_flow" in page


@pytest.mark.parametrize("lr", [1e4, 1e30])
def test_a_diverged_run_is_data_and_not_an_error(tmp_path: Path, digits: Digits, lr: float) -> None:
    config = GradientFlow(lr=lr, steps=4, depth=6, width=10, repeats=1, batch=8)
    with Board(tmp_path / "run") as board:
        result = gradient_flow.run(config, board, digits)
    assert result.verdict and len(Log(tmp_path / "run" / "1_flow").steps("1_overview/loss_capped")) == 4
