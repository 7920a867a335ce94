"""Every claim of the demo, measured; what it logs; what it makes of bad input."""

from dataclasses import replace
from pathlib import Path

import pytest
from ends import assert_fits
from reading import Log, unexplained

from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import learning_rate
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import LearningRate
from torchdemos.lab.experiments import catapult, quadratic, range_test, relu_catapult
from torchdemos.log import tags

RUNGS = ("0_crawl", "1_good", "2_jump", "3_diverge")
SMALLER = {"DIGITS": 500, "EDGE_DIGITS": 100, "SWEEP_DIGITS": 100, "EDGE_STEPS": 250, "COMPARED_STEPS": 5}


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("rate") / "run"
    with pytest.MonkeyPatch.context() as patch, Board(folder) as board:
        for name, size in SMALLER.items():
            patch.setattr(learning_rate, name, size)
        patch.setattr(quadratic, "PIXEL_KINDS", ("raw", "centred"))
        patch.setattr(quadratic, "SEARCH_STEPS", 120)
        patch.setattr(catapult, "HALVINGS", 10)
        return folder, learning_rate.run(LearningRate(steps=60, seed=2), board, digits)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Experiments that are over at once, for what is not about their outcome."""
    sizes = {name: 8 for name in vars(learning_rate) if name.startswith("FULL_") and name != "FULL_MINUTES"}
    for name, size in (
        sizes | {"DIGITS": 50, "EDGE_DIGITS": 8, "SWEEP_DIGITS": 8, "EDGE_STEPS": 12, "COMPARED_STEPS": 2}
    ).items():
        monkeypatch.setattr(learning_rate, name, size)
    for module, name, size in ((range_test, "STEPS", 6), (catapult, "HALVINGS", 1), (quadratic, "FINAL_RATIO", 10)):
        monkeypatch.setattr(module, name, size)
    monkeypatch.setattr(quadratic, "PIXEL_KINDS", ("raw", "centred"))
    monkeypatch.setattr(relu_catapult, "MULTIPLES", (1.0,))
    monkeypatch.setattr(relu_catapult, "STEPS", 2)


def test_its_end_fits_on_a_screen(ran: tuple[Path, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    assert_fits(LearningRate(), ran[1], capsys)


def test_every_question_has_an_outcome_that_theory_knew(ran: tuple[Path, Answer]) -> None:
    for question in learning_rate.questions(LearningRate()):
        found = ran[1].outcomes[question.key]
        assert question.right(found.theory, found.measured), (question.key, found)


def test_every_chart_explains_itself(ran: tuple[Path, Answer]) -> None:
    assert unexplained(ran[0]) == []


def test_every_claim_of_a_run_holds(ran: tuple[Path, Answer]) -> None:
    claims = ran[1].claims
    held = [claim.name for claim in claims if claim.holds]
    assert held == [
        "lr from which training diverges, raw pixels, 500 digits",
        "lr from which training diverges, centred pixels, 500 digits",
        "relative error of 4 loss curves at worst, 60 steps, 500 digits",
        "sharpness / (2/lr), median of the last half, lr 0.05, 100 digits",
        "share of steps that lead up at the edge, lr 0.05, 100 digits",
        "last loss / first loss, lr 0.05, 100 digits",
        "steps that lead up below the edge, lr 0.02, 100 digits",
        "catapult: lr x sharpness from which the loss rises, worst of 5",
        "catapult: lr x sharpness from which it diverges, worst of 5",
        "catapult: largest loss / first, lr x sharpness 3",
        "catapult: lr x sharpness at the end, 3 at the start",
        "range test: lr / (2/sharpness) at the first step up",
        "range test: lr / (2/sharpness) at the lowest loss",
    ], claims


def test_the_rungs_crawl_fall_jump_and_diverge(ran: tuple[Path, Answer]) -> None:
    final = {name: Log(ran[0] / name) for name in RUNGS}
    losses = [log.values(tags.LOSS)[-1] for log in final.values()]
    assert losses[0] > 0.35 > 0.3 > losses[1] > losses[2] and losses[3] > 100
    assert [log.values("final/diverged") for log in final.values()] == [[0.0], [0.0], [0.0], [1.0]]
    assert final["1_good"].values("final/accuracy")[0] > 0.7
    assert ran[1].findings.keys() == {"3_diverge"} and "0.05485" in ran[1].verdict


def test_measured_and_predicted_loss_coincide_in_every_chart(ran: tuple[Path, Answer]) -> None:
    for name in RUNGS:
        log = Log(ran[0] / name)
        assert log.steps(tags.LOSS_CAPPED) == list(range(60))
        assert log.values(tags.LOSS_CAPPED) == pytest.approx(log.values(learning_rate.PREDICTED_LOSS), rel=1e-5)


def test_the_pinned_cards_are_there_and_fit(ran: tuple[Path, Answer]) -> None:
    root, pins = Log(ran[0]), learning_rate.exhibit(LearningRate()).pins
    assert pins[0] == ("images", "4_pictures/1_ladder", ".") and ("scalars", tags.LOSS_CAPPED, None) in pins
    assert all(root.image_height(tag) <= 195 for plugin, tag, _ in pins if plugin == "images")
    assert all(root.description(tag) for kind in ("images", "scalars") for tag in root.tags(kind))


def test_the_sharpness_is_logged_beside_its_edge(ran: tuple[Path, Answer]) -> None:
    root = Log(ran[0])
    assert root.values("2_edge_of_stability/sharpness")[-1] == pytest.approx(40, rel=0.2)
    assert set(root.values("2_edge_of_stability/edge")) == {40.0}


def test_the_readme_links_to_the_pinned_cards(ran: tuple[Path, Answer]) -> None:
    page = Log(ran[0]).text("README")
    assert page.startswith(f"# {LearningRate().question}")
    assert "](?pinnedCards=" in page and "embedded sample" in page and "3_diverge" in page


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("lr", [1e-30, 1e30])
def test_the_wildest_settings_are_data_and_not_an_error(tmp_path: Path, digits: Digits, lr: float) -> None:
    config = LearningRate(ladder=(1e-30, 1.0, 1e20, 1e30), steps=12, lr=lr)
    with Board(tmp_path / "run") as board:
        answer = learning_rate.run(config, board, digits)
    assert "did not settle" in answer.verdict and "left the range of numbers" in answer.verdict
    assert all(len(Log(tmp_path / "run" / name).steps(tags.LOSS_CAPPED)) == 12 for name in RUNGS)


@pytest.mark.usefixtures("tiny")
def test_the_full_run_adds_its_claims_and_a_run_of_its_own(tmp_path: Path, digits: Digits) -> None:
    few = replace(digits, train_images=digits.train_images[:60], train_labels=digits.train_labels[:60])
    with Board(tmp_path / "run") as board:
        answer = learning_rate.run(LearningRate(full=True, steps=1), board, few)
    usual = [
        "lr from which training diverges, raw pixels, 50 digits",
        "lr from which training diverges, centred pixels, 50 digits",
        "relative error of 4 loss curves at worst, 1 steps, 50 digits",
        "sharpness / (2/lr), median of the last half, lr 0.05, 8 digits",
        "share of steps that lead up at the edge, lr 0.05, 8 digits",
        "last loss / first loss, lr 0.05, 8 digits",
        "steps that lead up below the edge, lr 0.02, 8 digits",
        "catapult: lr x sharpness from which the loss rises, worst of 5",
        "catapult: lr x sharpness from which it diverges, worst of 5",
        "catapult: largest loss / first, lr x sharpness 3",
        "catapult: lr x sharpness at the end, 3 at the start",
        "range test: lr / (2/sharpness) at the first step up",
        "range test: lr / (2/sharpness) at the lowest loss",
    ]
    at_full_size = [
        "lr from which training diverges, raw pixels, 60 digits",
        "lr from which training diverges, centred pixels, 60 digits",
        "relative error of 4 loss curves at worst, 8 steps, 60 digits",
        "sharpness / (2/lr), median of the last half, lr 0.05, 8 digits",
        "share of steps that lead up at the edge, lr 0.05, 8 digits",
        "last loss / first loss, lr 0.05, 8 digits",
        "steps that lead up below the edge, lr 0.02, 8 digits",
        "ReLU catapult: largest lr x sharpness at the start",
        "ReLU catapult: lr x sharpness at the end",
    ]
    assert [claim.name for claim in answer.claims] == usual + at_full_size
    assert Log(tmp_path / "run" / "full").steps("2_edge_of_stability/loss") == list(range(8))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ladder": (0.5, 0.02, 0.99, 1.05)}, "--ladder 0.5 0.02 0.99 1.05 does not climb"),
        ({"ladder": (0.0, 0.5, 0.99, 1.05)}, "does not climb"),
        ({"ladder": (-1.0, 0.5, 0.99, 1.05)}, "does not climb"),
        ({"ladder": (0.1, 0.2, 0.3, float("inf"))}, "does not climb"),
        ({"ladder": (0.1, float("nan"), 0.3, 0.4)}, "does not climb"),
        ({"ladder": (0.1, 0.1, 0.3, 0.4)}, "each above the one before"),
        ({"lr": -0.1}, "--lr -0.1 is not a learning rate"),
        ({"lr": float("nan")}, "--lr nan"),
        ({"steps": 0}, "--steps 0 is too few"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_settings_that_no_run_can_have_are_refused_in_a_sentence(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        LearningRate(**settings).validate()
    assert "\n" not in str(error.value)
