"""Names of figures and curves become the tags of a log."""

from pathlib import Path

import torch
from reading import Log

from torchdemos.board import Board
from torchdemos.lab.claims import Bound
from torchdemos.lab.demos import display
from torchdemos.lab.result import Charts, Figure, Result

FIGURE = Figure("3_wall", title="The wall", caption="a slope, a bottom, a wall", about="Loss by learning rate.")


def test_tags_have_the_group_and_its_number() -> None:
    assert display.figure_tag(FIGURE) == "4_pictures/3_wall"
    assert display.curve_tag("edge/loss") == "2_edge/loss"
    assert display.pinned(FIGURE, "0_cnn") == ("images", "4_pictures/3_wall", "0_cnn")
    charts = Charts("the edge", {"both": ["edge/loss", "edge/sharpness"]})
    assert display.layout(charts) == {"the edge": {"both": ["2_edge/loss", "2_edge/sharpness"]}}


def test_a_result_is_shown_with_its_descriptions_and_its_claims_are_handed_on(tmp_path: Path) -> None:
    claims = [Bound("share", "a test", 0.5, low=0.0)]
    curves = {"edge/loss": {0: 2.0, 2: 1.0}, "edge/sharpness": {2: 30.0}}
    about = {"edge": "What happens at the edge.", "edge/loss": "The loss."}
    with Board(tmp_path / "run") as board:
        assert display.show(board, Result(claims, {FIGURE: torch.ones(3, 4, 5)}, curves, about)) == claims
    log = Log(tmp_path / "run")
    assert log.description("4_pictures/3_wall") == FIGURE.about and log.image_steps("4_pictures/3_wall") == [0]
    assert (log.steps("2_edge/loss"), log.values("2_edge/loss")) == ([0, 2], [2.0, 1.0])
    assert log.steps("2_edge/sharpness") == [2]
    assert log.description("2_edge/loss") == "The loss."
    assert log.description("2_edge/sharpness") == "What happens at the edge."
