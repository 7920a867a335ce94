"""Where a log keeps an experiment's figures and curves: the groups of their tags are added here, and only here."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from torchdemos.board import Board
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.result import Charts, Figure, Result
from torchdemos.log import cards, tags


def figure_tag(figure: Figure) -> str:
    """`4_pictures/6_catapult`."""
    return f"{tags.PICTURE}/{figure.name}"


def curve_tag(name: str) -> str:
    """`2_range_test/loss`; also for the group alone, `2_range_test`."""
    return f"2_{name}"


def tagged(figures: Mapping[Figure, Tensor]) -> dict[str, Tensor]:
    """Images by tag, as `Board.log` takes them."""
    return {figure_tag(figure): image for figure, image in figures.items()}


def layout(charts: Charts) -> dict[str, cards.Charts]:
    """The charts of an experiment in the Custom Scalars tab."""
    return {charts.heading: {title: list(map(curve_tag, names)) for title, names in charts.curves.items()}}


def pinned(figure: Figure, run: str = ".") -> cards.Pin:
    """The card of a figure in one run."""
    return "images", figure_tag(figure), run


def pinned_chart(tag: str) -> cards.Pin:
    """The card of a scalar, with the lines of all runs."""
    return "scalars", tag, None


def show(board: Board, result: Result) -> Sequence[Claim | Bound]:
    """Put an experiment's figures and curves on the board, and hand on its claims."""
    board.describe({figure_tag(figure): figure.about for figure in result.figures})
    board.describe({curve_tag(name): about for name, about in result.about.items()})
    board.log(0, pictures=tagged(result.figures))
    curves = {curve_tag(name): curve for name, curve in result.curves.items()}
    for step in sorted({step for curve in curves.values() for step in curve}):
        board.log(step, scalars={tag: curve[step] for tag, curve in curves.items() if step in curve})
    return result.claims
