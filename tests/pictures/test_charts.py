"""Line charts: theory as lines, measurements as dots."""

import math

import pytest
import torch
from picture_checks import ink, is_a_picture

from torchdemos import pictures
from torchdemos.pictures.charts import NAMED, PALETTE


def test_a_chart_draws_dots_where_the_numbers_are() -> None:
    empty = pictures.lines([("loss", [0.5], [math.nan], "dots")], x_limits=(0, 1), y_limits=(0, 1))
    dotted = pictures.lines([("loss", [0.9], [0.1], "dots")], x_limits=(0, 1), y_limits=(0, 1))
    rows, columns = (empty != dotted).any(0).nonzero().T.float()
    assert columns.mean() > 250 and rows.mean() > 130


@pytest.mark.parametrize("names", [1, 3, 7])
@pytest.mark.parametrize("label", ["", "label"])
def test_a_chart_is_as_tall_as_a_card(names: int, label: str) -> None:
    series = [(f"number {i}", [0, 1], [i, i], "line") for i in range(names)]
    assert pictures.lines(series, "title", label, label).shape == (3, pictures.CARD_HEIGHT, pictures.CARD_WIDTH)


def test_a_line_breaks_at_what_is_not_finite() -> None:
    xs = list(range(5))
    whole = pictures.lines([("f", xs, [1, 2, 3, 4, 5], "line")])
    broken = pictures.lines([("f", xs, [1, 2, math.nan, 4, 5], "line")])
    assert ink(broken) < ink(whole)


@pytest.mark.parametrize("ys", [[], [0.0, 0.0], [1e-30, 1e30], [math.inf, math.nan], [-1.0, 0.0]])
@pytest.mark.parametrize("log", [False, True])
def test_a_chart_takes_any_numbers(ys: list[float], log: bool) -> None:
    xs = torch.arange(len(ys))
    series = [("theory", xs, ys, "line"), ("measured", xs, torch.tensor(ys), "dots")]
    assert is_a_picture(pictures.lines(series, "title", "x", "y", log_x=log, log_y=log, width=340), 340)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ([(str(i), [1], [1], "line") for i in range(8)], "7 colours"),
        ([("loss", [1, 2], [1], "dots")], "2 xs but 1 ys"),
        ([("loss", [1], [1], "dashes")], "style"),
    ],
)
def test_charts_that_cannot_be_read_are_refused(series: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pictures.lines(series)


def test_chart_limits_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="limits"):
        pictures.lines([], y_limits=(1, 0))
    with pytest.raises(ValueError, match="positive"):
        pictures.lines([], x_limits=(0, 1), log_x=True)


def test_a_series_has_the_colour_that_it_is_given_and_the_others_take_what_is_left() -> None:
    series = [(name, [0, 1], [i, i], "line") for i, name in enumerate("abc")]
    chosen = {"b": "blue", "c": "faint", "absent": "red"}
    swapped = [(name, [0, 1], [i, i], "line") for i, name in enumerate("bac")]
    drawn = pictures.lines(series, colours=chosen)
    for colour, shown in (("green", True), ("blue", True), ("faint", True), ("red", False), ("pink", False)):
        found = (drawn - torch.tensor(NAMED[colour])[:, None, None] / 255).abs().amax(0) < 1 / 255
        assert found.any() == shown, colour
    assert not torch.equal(drawn, pictures.lines(swapped, colours=chosen))
    with pytest.raises(ValueError, match="unknown colours"):
        pictures.lines(series, colours={"a": "beige"})


def test_a_legend_shows_the_dots_over_the_band() -> None:
    both = pictures.lines([("law", [0, 1], [5, 6], "wide"), ("law", [0, 1], [5, 6], "dots")], height=60)
    legend = both[:, :15, :18]
    full = torch.tensor(PALETTE["blue"])[:, None, None] / 255  # the colour of the dots, on the pale band
    assert ((legend - full).abs() < 1 / 255).all(0).any()
