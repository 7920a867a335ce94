"""Every claim of the demo, measured."""

import math
import re
from pathlib import Path

import pytest
from ends import assert_fits
from reading import Log, unexplained

from torchdemos import pictures
from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import gradient_flow, gradient_training
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.display import curve_tag, figure_tag
from torchdemos.lab.demos.gradient_pictures import CHAIN_RULE, HEATMAP
from torchdemos.lab.experiments import batch_norm, born_dead, log_normal, nielsen_gradients, shattered
from torchdemos.lab.progress import no_progress
from torchdemos.lab.result import Result
from torchdemos.log import tags


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("flow") / "run"
    with Board(folder) as board:
        return folder, gradient_flow.run(GradientFlow(steps=50), board, digits)


def test_its_end_fits_on_a_screen(ran: tuple[Path, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    assert_fits(GradientFlow(), ran[1], capsys)


def test_every_question_has_an_outcome_that_theory_knew(ran: tuple[Path, Answer]) -> None:
    for question in gradient_flow.questions(GradientFlow()):
        found = ran[1].outcomes[question.key]
        assert question.right(found.theory, found.measured), (question.key, found)


def test_every_chart_explains_itself(ran: tuple[Path, Answer]) -> None:
    assert unexplained(ran[0]) == []


def test_every_claim_of_a_run_holds(ran: tuple[Path, Answer]) -> None:
    claims = ran[1].claims
    held = [re.sub(r"^gradient of norm .*,", "norm,", claim.name) for claim in claims if claim.holds]
    assert held == [
        "factor per layer, sigmoid",
        "factor per layer, critical tanh",
        "factor per layer, tanh, weights x3",
        "factor per layer, He ReLU",
        "gradient at layer 1, sigmoid: product of 21 factors by hand = autograd",
        "gradient at layer 1, critical tanh: product of 21 factors by hand = autograd",
        "gradient at layer 1, tanh, weights x3: product of 21 factors by hand = autograd",
        "Nielsen's networks: factor by which a layer divides the gradient",
        "Nielsen's printed gradients within the middle 90% of fresh networks",
        "squared gradient, factor per layer: plain",
        "squared gradient, factor per layer: He",
        "squared gradient, factor per layer: residual",
        "squared gradient, factor per layer: scaled",
        "squared gradient, factor per layer: SELU",
        "squared gradient, factor per layer: batch norm",
        "squared gradient, factor per layer: orthogonal",
        "scaled: variance of the signal after 19 blocks",
        "SELU: mean of the outputs of layer 20",
        "SELU: mean square of the outputs of layer 20",
        "orthogonal: largest / smallest singular value of the whole network",
        "norm, after clipping",
        "plain: loss after 100 steps",
        "clipped: last loss / first loss",
    ], claims


def test_vanishing_stays_at_guessing_and_flow_learns(ran: tuple[Path, Answer]) -> None:
    final = {name: Log(ran[0] / name).values("final/accuracy")[0] for name in ("0_vanish", "1_flow", "2_explode")}
    assert final["0_vanish"] < 0.2 and final["2_explode"] < 0.4 and final["1_flow"] > 0.7


def test_the_diagnosis_names_the_disease(ran: tuple[Path, Answer]) -> None:
    kinds = {where: finding.kind for where, finding in ran[1].findings.items()}
    assert kinds["0_vanish, from step 0"] == "vanishing gradient"
    assert kinds["2_explode, from step 0"] == "exploding gradient"
    assert not any(where.startswith("1_flow") for where in kinds)


def test_theory_stands_beside_the_measurement_layer_by_layer(ran: tuple[Path, Answer]) -> None:
    measured, theory = (Log(ran[0] / run) for run in ("0_vanish", "0.theory"))
    assert theory.steps(tags.GRADIENT_BY_LAYER) == list(range(1, 21))
    assert measured.steps(tags.GRADIENT_BY_LAYER) == list(range(1, 22))
    pairs = zip(measured.values(tags.GRADIENT_BY_LAYER), theory.values(tags.GRADIENT_BY_LAYER), strict=False)
    assert all(abs(a - b) < 0.25 for a, b in pairs)


def test_theory_follows_the_weights_through_training(ran: tuple[Path, Answer]) -> None:
    measured, theory = (Log(ran[0] / run) for run in ("0_vanish", "0.theory"))
    tag = f"{tags.GRADIENT_NORM}/00_fc1"
    assert theory.steps(tag) == measured.steps(tag) != [0]
    pairs = zip(measured.values(tag), theory.values(tag), strict=True)
    assert all(abs(a - b) < 0.3 for a, b in pairs) and measured.values(tag)[0] < -10
    assert f"{tags.GRADIENT_NORM}/20_out" not in theory.tags("scalars")


def test_the_factors_logged_by_layer_multiply_to_the_first_gradient(ran: tuple[Path, Answer]) -> None:
    log = Log(ran[0] / "2_explode")
    product = sum(math.log10(factor) for factor in log.values(tags.FACTOR_BY_LAYER))
    assert product == pytest.approx(log.values(tags.GRADIENT_BY_LAYER)[0], abs=1e-4)


def test_few_pictures_and_a_small_folder(ran: tuple[Path, Answer]) -> None:
    steps = Log(ran[0] / "1_flow").image_steps(figure_tag(HEATMAP))
    assert len(steps) <= 10 and (steps[0], steps[-1]) == (0, 49)
    assert sum(path.stat().st_size for path in ran[0].rglob("*") if path.is_file()) < 5_000_000


def test_the_readme_links_to_the_pinned_cards(ran: tuple[Path, Answer]) -> None:
    page = Log(ran[0]).text("README")
    assert page.startswith(f"# {GradientFlow().question}")
    assert "](?pinnedCards=" in page and "embedded sample" in page and "1_flow" in page


def test_the_textbook_and_the_cures_are_seen_from_the_readme_and_pinned(ran: tuple[Path, Answer]) -> None:
    log, pinned = Log(ran[0]), [tag for _, tag, _ in gradient_flow.exhibit(GradientFlow()).pins]
    shown = list(map(figure_tag, gradient_flow.FIGURES))
    assert pinned[:4] == [tags.GRADIENT_BY_LAYER, figure_tag(HEATMAP), tags.LOSS_CAPPED, figure_tag(CHAIN_RULE)]
    assert pinned[4:] == shown and set(shown) <= set(log.tags("images"))
    for tag in shown:
        assert f"tagFilter={tag}" in log.text("README") and log.description(tag)
        assert log.image_height(tag) <= pictures.CARD_HEIGHT
    assert log.steps(curve_tag(f"{nielsen_gradients.GROUP}/measured")) == [1, 2, 3, 4]


def test_the_table_of_cures_says_who_learns(ran: tuple[Path, Answer]) -> None:
    rows = [line.strip("|").split("|") for line in Log(ran[0]).text("CURES").splitlines() if line.startswith("|")]
    accuracies = {row[0]: row[-1] for row in rows[2:]}
    expected = ["plain", "He", "residual", "clipped", "scaled", "SELU", "batch norm", "orthogonal"]
    assert list(accuracies) == expected and accuracies["residual"] == "none"
    shares = {name: float(share.strip("%")) for name, share in accuracies.items() if name != "residual"}
    assert shares.pop("plain") < 20 and min(shares.values()) > 40


def test_the_verdict_ends_in_the_cure_and_its_numbers(ran: tuple[Path, Answer]) -> None:
    cells = [line.strip("|").split("|") for line in Log(ran[0]).text("CURES").splitlines() if line.startswith("|")]
    right = {row[0]: row[-1] for row in cells[2:]}
    assert ran[1].verdict.endswith(
        "The cure is a start that multiplies the squared gradient by about 1 in each layer: after 100 steps 20 ReLU "
        f"layers with weights of variance 1/n (x0.50) reach {right['plain']}, those with He's 2/n (x1.00) reach "
        f"{right['He']}, and residual blocks x + f(x) / sqrt(20) (x1.05) reach {right['scaled']}."
    )


def test_the_page_is_that_of_the_networks_before_training(ran: tuple[Path, Answer]) -> None:
    told = ran[1].told
    assert told is not None
    for network in told.hero["networks"]:
        run = next(folder for folder in ran[0].iterdir() if folder.name.endswith(f"_{network['name']}"))
        assert network["logs"] == pytest.approx(Log(run).values(tags.GRADIENT_BY_LAYER), abs=1e-3)
    weight = told.hero["weight"]
    assert 0 < weight["x"] < 1 and weight["gradient"] != 0 and weight["layer"] == 20


def test_the_published_experiments_wait_for_full(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for experiment in (batch_norm, log_normal, born_dead, shattered):
        name = experiment.__name__.rpartition(".")[2]
        monkeypatch.setattr(experiment, "run", lambda *_, name=name, **__: asked.append(name) or Result([]))
    images, labels = digits.train_images[:8], digits.train_labels[:8]
    assert list(gradient_flow.published(GradientFlow(), images, labels, no_progress)) == []
    list(gradient_flow.published(GradientFlow(full=True), images, labels, no_progress))
    assert asked == ["batch_norm", "log_normal", "born_dead", "shattered"]


@pytest.mark.parametrize("lr", [1e4, 1e30])
def test_a_diverged_run_is_data_and_not_an_error(tmp_path: Path, digits: Digits, lr: float) -> None:
    config = GradientFlow(lr=lr, steps=4, depth=6, width=10, repeats=1, batch=8)
    with Board(tmp_path / "run") as board:
        networks = [
            gradient_training.build(config, board, start, digits.train_images) for start in gradient_flow.TRAINED
        ]
        assert list(gradient_training.train_and_log(config, board, networks, digits)) == [0, 1, 2, 3]
    assert gradient_flow.verdict(networks, []) and len(Log(tmp_path / "run" / "1_flow").steps(tags.LOSS_CAPPED)) == 4
