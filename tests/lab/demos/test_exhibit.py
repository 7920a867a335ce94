"""From the declaration of what a demo shows follow its README, layout and descriptions."""

from pathlib import Path

import pytest
import torch
from reading import Log

from torchdemos.board import Board
from torchdemos.lab.demos import display, gradient_flow, initialization, learning_rate, loss, neurons, readme
from torchdemos.lab.demos.common_flags import Config
from torchdemos.lab.demos.configs import GradientFlow, Initialization, LearningRate, Loss, Neurons
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.result import Figure

FIGURE = Figure("3_wall", title="The wall", caption="a slope, a bottom, a wall", about="Loss by learning rate.")
EXHIBIT = Exhibit(
    entries=[readme.Entry("A page", "elsewhere", "#page"), PinnedCards("all of it"), FIGURE],
    pins=[display.pinned(FIGURE)],
    charts={"a heading": {"a chart": ["1_overview/loss"]}},
    hparams=["lr"],
    about={"2_own/scalar": "A number of the demo's own."},
)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    with Board(tmp_path / "run") as board:
        EXHIBIT.introduce(board, Neurons(), [("0_cnn", "a network")], "some digits")
        board.log(0, scalars={"2_own/scalar": 1.0}, pictures=display.tagged({FIGURE: torch.ones(3, 4, 5)}))
    return Log(tmp_path / "run")


def test_the_readme_has_every_entry_in_order(log: Log) -> None:
    lines = [line for line in log.text("README").splitlines() if line.startswith("* ")]
    assert lines[0] == "* [**A page**](#page): elsewhere"
    assert lines[1].startswith("* [**The answer at a glance**](?pinnedCards=") and lines[1].endswith("): all of it")
    assert lines[2] == "* [**The wall**](#images&tagFilter=4_pictures/3_wall): a slope, a bottom, a wall"
    assert len(lines) == len(EXHIBIT.entries) and "|0_cnn|a network|" in log.text("README")


def test_figures_and_own_scalars_are_described_before_they_are_logged(log: Log) -> None:
    assert log.description("4_pictures/3_wall") == FIGURE.about
    assert log.description("2_own/scalar") == "A number of the demo's own."


def test_the_custom_scalars_tab_is_laid_out(log: Log) -> None:
    assert b"a heading" in log.content("custom_scalars__config__")


@pytest.mark.parametrize(
    ("demo", "config"),
    [
        (neurons, Neurons(full=True)),
        (learning_rate, LearningRate(full=True)),
        (initialization, Initialization(full=True)),
        (loss, Loss(full=True)),
        (gradient_flow, GradientFlow(full=True)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Config) else "",
)
def test_no_two_figures_of_a_demo_share_a_name_and_every_pinned_figure_is_in_its_readme(demo, config: Config) -> None:
    exhibit = demo.exhibit(config)
    announced = [display.figure_tag(figure) for figure in exhibit.figures]
    assert len(set(announced)) == len(announced)
    assert {tag for plugin, tag, _ in exhibit.pins if plugin == "images"} <= set(announced)
    assert all(figure.title and figure.caption and figure.about for figure in exhibit.figures)
