"""How are weights initialized: the demo from its flags to its log."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from ends import assert_fits
from reading import Log, unexplained

from torchdemos import pictures
from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import initialization
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import INITS, Init, Initialization
from torchdemos.lab.demos.display import figure_tag
from torchdemos.lab.demos.initialization_training import EQUAL_LOSS, build, draw_losses
from torchdemos.lab.experiments import (
    critical,
    depth_split,
    equal_start,
    linear_modes,
    singular_values,
    starts,
    symmetry,
    thousand_layers,
    trainability,
)
from torchdemos.lab.progress import no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.log import tags

ALWAYS = symmetry, depth_split, critical
PUBLISHED = trainability, singular_values, linear_modes, thousand_layers
REASONS = {  # the figures of each experiment that is not run here, because its own tests run it
    symmetry: (symmetry.NEURONS_FIGURE, symmetry.LOSS_FIGURE, symmetry.TRAVEL_FIGURE),
    depth_split: (depth_split.LOSS_FIGURE, depth_split.VARIANCE_FIGURE),
    critical: (critical.FIGURE,),
    trainability: (trainability.DEPTH_FIGURE, trainability.ACCURACY_FIGURE),
    singular_values: (singular_values.FIGURE,),
    linear_modes: (linear_modes.FIGURE,),
    thousand_layers: (thousand_layers.FIGURE,),
}
STEPS = 40
RUNS = [f"{number}_{name}" for number, name in enumerate(INITS)]
EQUAL, RANDOM = RUNS[:2], RUNS[2:]


@pytest.fixture(scope="module", autouse=True)
def asked() -> Iterator[list[str]]:
    """Experiments that are over at once, and the names of those that were run."""
    names: list[str] = []

    def stand_in(name: str, drawn: tuple[Figure, ...]) -> Result:
        names.append(name)
        return Result([], dict.fromkeys(drawn, torch.ones(3, 9, pictures.CARD_WIDTH)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starts, "NETWORKS", 2)
        patch.setattr(equal_start, "STEPS", (0, 2))
        for experiment, drawn in REASONS.items():
            name = experiment.__name__.rpartition(".")[2]
            patch.setattr(experiment, "run", lambda *_, name=name, drawn=drawn, **__: stand_in(name, drawn))
        yield names


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("initialization") / "run"
    with Board(folder) as board:
        return folder, initialization.run(Initialization(steps=STEPS, width=64, seed=1), board, digits)


def run_small(folder: Path, digits: Digits, **settings: object) -> Answer:
    """A few steps of small networks."""
    with Board(folder) as board:
        return initialization.run(Initialization(**{"steps": 4, "width": 16, "depth": 3} | settings), board, digits)


def test_its_end_fits_on_a_screen(ran: tuple[Path, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    assert_fits(Initialization(), ran[1], capsys)


def test_every_chart_explains_itself(ran: tuple[Path, Answer]) -> None:
    assert unexplained(ran[0]) == []


def test_every_claim_of_a_run_holds_at_another_seed(ran: tuple[Path, Answer]) -> None:
    held = [claim.name for claim in ran[1].claims if claim.holds]
    assert held == [
        "small: log2 of variance over 10 layers",
        "large: log2 of variance over 10 layers",
        "xavier: log2 of variance over 10 layers",
        "he: log2 of variance over 10 layers",
        "lsuv: variance - 1 of the worst layer",
        "zero: mean loss of the last half",
    ], ran[1].claims


def test_every_start_has_its_run_with_the_loss_of_every_step_and_finite_ends(ran: tuple[Path, Answer]) -> None:
    assert sorted(path.name for path in ran[0].iterdir() if path.is_dir()) == RUNS
    for run in RUNS:
        log = Log(ran[0] / run)
        assert log.steps(tags.LOSS) == list(range(STEPS))
        ends = [log.values(tag) for tag in ("final/accuracy", "final/loss_capped", "final/diverged")]
        assert all(len(end) == 1 and math.isfinite(end[0]) for end in ends)


def test_equal_weights_have_a_chart_of_their_own_so_that_no_chart_has_more_than_seven_runs(
    ran: tuple[Path, Answer],
) -> None:
    charts = {run: set(Log(ran[0] / run).tags()) for run in RUNS}
    assert [run for run in RUNS if EQUAL_LOSS in charts[run]] == EQUAL
    assert [run for run in RUNS if tags.LOSS_CAPPED in charts[run]] == RANDOM
    assert len(RANDOM) <= 7 and Log(ran[0] / EQUAL[0]).steps(EQUAL_LOSS) == list(range(STEPS))


def test_equal_weights_guess_and_he_learns(ran: tuple[Path, Answer]) -> None:
    final = {run: Log(ran[0] / run).values("final/accuracy")[0] for run in RUNS}
    assert final["0_zero"] < 0.2 and final["1_constant"] < 0.2 and final["2_small"] < 0.3
    assert final["5_he"] > 0.5 and final["6_orthogonal"] > 0.5 and final["7_lsuv"] > 0.5
    assert f"he {final['5_he']:.0%}" in ran[1].verdict and f"after {STEPS} steps" in ran[1].verdict


def test_the_diagnosis_names_the_dead_start_and_no_healthy_one(ran: tuple[Path, Answer]) -> None:
    assert ran[1].findings["zero, at the end"].kind == "equal units"
    assert not {f"{name}, at the end" for name in ("he", "orthogonal", "lsuv")} & set(ran[1].findings)


def test_the_page_shows_the_measured_ends_and_the_signal_of_every_start(ran: tuple[Path, Answer]) -> None:
    told = ran[1].told
    assert told is not None and [column["rows"][-1]["step"] for column in told.hero["columns"]] == [2, 2]
    assert [bar["value"] for bar in told.cards[0]["data"]["bars"]] == pytest.approx(
        [Log(ran[0] / run).values(tags.ACCURACY)[0] for run in RUNS], rel=1e-5, nan_ok=True
    )
    layers = {curve["name"]: [layer for layer, _ in curve["points"]] for curve in told.hero["signal"]}
    assert layers == {name: [*range(1, 11)] for name in INITS}


def test_every_pinned_card_is_there_and_fits(ran: tuple[Path, Answer]) -> None:
    root = Log(ran[0])
    for plugin, tag, run in initialization.exhibit(Initialization()).pins:
        assert (plugin, run) == ("images", ".") and tag in root.tags("images")
        assert root.image_height(tag) <= pictures.CARD_HEIGHT + 5, tag


def test_every_figure_of_the_readme_is_drawn(ran: tuple[Path, Answer]) -> None:
    assert set(Log(ran[0]).tags("images")) == set(map(figure_tag, initialization.FIGURES))


def test_the_readme_has_the_question_the_starts_and_a_link_to_every_figure(ran: tuple[Path, Answer]) -> None:
    page = Log(ran[0]).text("README")
    assert page.startswith(f"# {Initialization().question}")
    assert "](?pinnedCards=" in page and "embedded sample" in page
    assert all(f"tagFilter={figure_tag(figure)}" in page for figure in initialization.FIGURES)
    assert all(f"|{run}|{starts.STARTS[name]}|" in page for run, name in zip(RUNS, INITS, strict=True))
    assert not any(f"tagFilter={figure_tag(figure)}" in page for figure in initialization.FULL_FIGURES)


def test_the_published_experiments_wait_for_full(asked: list[str], digits: Digits, tmp_path: Path) -> None:
    names = [experiment.__name__.rpartition(".")[2] for experiment in (*ALWAYS, *PUBLISHED)]
    asked.clear()
    list(initialization.reasons(Initialization(), digits, no_progress))
    assert asked == names[:3]
    asked.clear()
    run_small(tmp_path / "run", digits, full=True, inits=("he",))
    root = Log(tmp_path / "run")
    assert asked == names
    assert set(root.tags("images")) == {*map(figure_tag, initialization.FIGURES + initialization.FULL_FIGURES)}
    assert all(f"tagFilter={figure_tag(figure)}" in root.text("README") for figure in initialization.FULL_FIGURES)


@pytest.mark.parametrize("lr", [1e4, 1e30])
def test_a_diverged_run_is_data_and_not_an_error(tmp_path: Path, digits: Digits, lr: float) -> None:
    answer = run_small(tmp_path / "run", digits, lr=lr)
    assert "he none (not numbers)" in answer.verdict and answer.findings["he, at the end"].level == "error"
    log = Log(tmp_path / "run" / "5_he")
    assert len(log.steps(tags.LOSS_CAPPED)) == 4 and log.values("final/diverged") == [1.0]
    assert log.values("final/accuracy") == [0.0]


@pytest.mark.parametrize("inits", [("he", "zero"), ("zero",), ("zero", "constant"), ("lsuv",)])
def test_a_selection_of_starts_keeps_their_numbers(tmp_path: Path, digits: Digits, inits: tuple[Init, ...]) -> None:
    answer = run_small(tmp_path / "run", digits, inits=inits)
    runs = {path.name for path in (tmp_path / "run").iterdir() if path.is_dir()}
    assert runs == {RUNS[INITS.index(name)] for name in inits}
    assert figure_tag(initialization.LOSSES) in Log(tmp_path / "run").tags("images")
    assert all(f"{name} " in answer.verdict for name in inits)


def test_equal_starts_are_drawn_where_there_are_no_others(digits: Digits, tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        config = Initialization(width=8, depth=2)
        names = "zero", "constant", "he"
        variants = [build(config, board, name, digits.train_images) for name in names]
        for variant, loss in zip(variants, (2.3, 2.3, 1.0), strict=True):
            variant.losses += [loss] * 10
        hidden, shown = draw_losses(variants, 2.3), draw_losses(variants[:2], 2.3)
        assert torch.equal(hidden, draw_losses(variants[1:], 2.3))
        assert not torch.equal(shown, draw_losses([variants[0], variants[0]], 2.3))


def test_one_step_is_enough(tmp_path: Path, digits: Digits) -> None:
    assert "after 1 steps" in run_small(tmp_path / "run", digits, steps=1, depth=1).verdict


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"inits": ("nope",)}, f"--inits nope is unknown: choose from {', '.join(INITS)}"),
        ({"inits": ("he", "nope")}, "--inits nope is unknown"),
        ({"inits": ()}, f"one or more starts, each once: choose from {', '.join(INITS)}"),
        ({"inits": ("he", "he")}, "each once"),
        ({"depth": 0}, "--depth 0 is too few: give 1 or more"),
        ({"width": 0}, "--width 0 is too few"),
        ({"steps": 0}, "--steps 0 is too few"),
        ({"lr": float("nan")}, "--lr nan is not a learning rate"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_settings_that_no_run_can_have_are_refused_in_a_sentence(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        Initialization(**settings).validate()
    assert "\n" not in str(error.value)
