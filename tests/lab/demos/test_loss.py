"""What is loss: the demo from its flags to its log."""

import math
from pathlib import Path

import pytest
from ends import assert_fits
from reading import Log, unexplained

from torchdemos.board import Board
from torchdemos.lab.codings import codings
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import loss
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import Loss
from torchdemos.lab.demos.display import curve_tag, figure_tag
from torchdemos.lab.experiments import floors, logit_curves, saturated_start, slowdown
from torchdemos.log import colours, tags

RUNS = (
    "0_squared_error",
    "1_cross_entropy",
    "2_NLL",
    "3_smoothing",
    "4_softmax_twice",
    "5_log_forgotten",
    "6_constant",
)
CLAIMS = [
    "squared error: gradient by logit, largest difference",
    "cross entropy: gradient by logit, largest difference",
    "gradient at z = 8, squared error / cross entropy",
    "curvature at an even guess, squared error / cross entropy",
    "squared error, 0.82: steps to 1/2",
    "squared error, 0.98: steps to 1/2",
    "cross entropy, 0.98: steps to 1/2",
    "cross entropy, lr 0.005: steps to 1/2",
    "squared error, 0.82: output after 300 steps",
    "squared error, 0.98: output after 300 steps",
    "cross entropy, 0.98: output after 300 steps",
    "cross entropy, lr 0.005: output after 300 steps",
    "NLL of log-softmax",
    "gradient of NLL, largest difference",
    "gradient of cross entropy, largest difference",
    "gradient of squared error, largest difference",
    "NLL and cross entropy: largest difference in training",
    "smoothing: lowest batch loss",
    "softmax twice: lowest batch loss",
    "log forgotten: lowest batch loss",
    "softmax twice: loss on all training digits",
    "log forgotten: loss on all training digits",
    "constant: loss on all training digits",
    "constant: test accuracy",
    "log-softmax forgotten: lowest batch loss",
    "squared error, sigmoid, weights x32: gradient / error",
    "cross entropy, sigmoid, weights x32: gradient / error",
    "squared error, sigmoid, weights x32: share of usual accuracy",
    "cross entropy, sigmoid, weights x32: accuracy above usual",
    "cross entropy, softmax, weights x32: accuracy above usual",
]


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("loss") / "run"
    with Board(folder) as board:
        return folder, loss.run(Loss(steps=100, seed=1), board, digits)


def test_its_end_fits_on_a_screen(ran: tuple[Path, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    assert_fits(Loss(), ran[1], capsys)


def test_every_question_has_an_outcome_that_theory_knew(ran: tuple[Path, Answer]) -> None:
    for question in loss.questions(Loss()):
        found = ran[1].outcomes[question.key]
        assert question.right(found.theory, found.measured), (question.key, found)


def test_every_chart_explains_itself(ran: tuple[Path, Answer]) -> None:
    assert unexplained(ran[0]) == []


def test_every_experiment_hands_in_its_claims(ran: tuple[Path, Answer]) -> None:
    assert [claim.name for claim in ran[1].claims] == CLAIMS


def test_claims_that_need_no_long_training_hold(ran: tuple[Path, Answer]) -> None:
    long = "loss on all training digits", "accuracy above usual"
    held = [claim.name for claim in ran[1].claims if claim.holds and not claim.name.endswith(long)]
    assert held == [name for name in CLAIMS if not name.endswith(long)], ran[1].claims


def test_seven_networks_train_side_by_side_each_with_its_floor(ran: tuple[Path, Answer]) -> None:
    assert sorted(path.name for path in ran[0].iterdir() if path.is_dir()) == sorted(RUNS)
    for run in RUNS:
        log = Log(ran[0] / run)
        assert log.steps(tags.LOSS) == log.steps(loss.FLOOR) == list(range(100))
        assert log.image_steps(figure_tag(floors.FIGURE))[-1] == 99
        if run != "6_constant":
            assert min(log.values(tags.LOSS)) >= log.values(loss.FLOOR)[0] - 1e-6


def test_nll_and_cross_entropy_train_alike(ran: tuple[Path, Answer]) -> None:
    one, other = (Log(ran[0] / run).values(tags.LOSS) for run in RUNS[1:3])
    assert one == other


def test_the_bugs_are_named_and_nothing_healthy_is(ran: tuple[Path, Answer]) -> None:
    kinds = {where.split(",")[0]: finding.kind for where, finding in ran[1].findings.items()}
    assert kinds["constant"] == "nothing learnt" and kinds["log-softmax forgotten"] == "forgotten log-softmax"
    assert kinds.keys() <= {"softmax twice", "log forgotten", "constant", "log-softmax forgotten"}


def test_the_pinned_pictures_are_there_and_the_loss_without_floor_spoils_no_chart(ran: tuple[Path, Answer]) -> None:
    root = Log(ran[0])
    assert {tag for plugin, tag, run in loss.exhibit(Loss()).pins if run == "."} <= set(root.tags("images"))
    assert root.values(curve_tag(floors.ENDLESS_CURVE))[-1] < -100
    shown = slowdown.FIGURE, logit_curves.GRADIENT_FIGURE, saturated_start.FIGURE
    assert all(root.description(figure_tag(figure)) == figure.about for figure in shown)


def test_the_readme_links_to_every_figure(ran: tuple[Path, Answer]) -> None:
    page = Log(ran[0]).text("README")
    assert page.startswith(f"# {Loss().question}") and "What is loss?" in page
    assert "](?pinnedCards=" in page and "4_softmax_twice" in page
    assert all(f"tagFilter={figure_tag(figure)}" in page for figure in loss.FIGURES)


def test_the_verdict_has_numbers(ran: tuple[Path, Answer]) -> None:
    assert "232 steps" in ran[1].verdict and "1.461" in ran[1].verdict and "nan" not in ran[1].verdict


def test_the_page_shows_the_loss_of_a_digit_of_this_run(ran: tuple[Path, Answer]) -> None:
    told = ran[1].told
    assert told is not None and told.hero["when"] == "from the test set, after 100 steps"
    logits, label = told.hero["digit"]["logits"], told.hero["digit"]["label"]
    loss_by_hand = math.log(sum(math.exp(z) for z in logits)) - logits[label]
    assert told.hero["measured"] == pytest.approx([loss_by_hand] * 2, abs=1e-5)
    assert f"**{loss_by_hand:.3f}** for this {label}" in told.answer


@pytest.mark.parametrize("lr", [1e4, 1e30])
def test_a_diverged_run_is_data_and_not_an_error(tmp_path: Path, digits: Digits, lr: float) -> None:
    with Board(tmp_path / "run") as board:
        answer = loss.run(Loss(lr=lr, steps=4, batch=8), board, digits)
    assert answer.verdict and len(Log(tmp_path / "run" / "1_cross_entropy").steps(tags.LOSS_CAPPED)) == 4


def test_full_trains_for_two_epochs_and_adds_the_published_comparison(digits: Digits, tmp_path: Path) -> None:
    few = Digits(
        digits.train_images[:200], digits.train_labels[:200], digits.test_images[:90], digits.test_labels[:90], "few"
    )
    with Board(tmp_path / "run") as board:
        answer = loss.run(Loss(full=True, batch=100), board, few)
    assert Log(tmp_path / "run" / "2_NLL").steps(tags.LOSS) == [0, 1, 2, 3]
    assert {"Hui & Belkin 2021", "two epochs of the full MNIST"} <= {claim.source for claim in answer.claims}
    assert all(math.isfinite(claim.measured) for claim in answer.claims)


def test_a_coding_is_drawn_in_the_colour_of_its_run(digits: Digits) -> None:
    shades = colours.of_runs(RUNS)
    found = codings(digits.train_labels)[: len(RUNS)]
    assert [f"var(--{coding.colour})" for coding in found] == [shades[run] for run in RUNS]
