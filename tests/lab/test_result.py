"""Figures are known by their names."""

from dataclasses import replace

from torchdemos.lab.result import Figure

FIGURE = Figure("1_loss", title="The loss", caption="by step", about="Loss by step.")


def test_figures_with_one_name_are_the_same_whatever_is_said_of_them() -> None:
    longer = replace(FIGURE, about="Loss by step, for five networks.")
    assert longer == FIGURE and {FIGURE: "drawn"}[longer] == "drawn"


def test_figures_with_two_names_are_two_figures() -> None:
    assert replace(FIGURE, name="2_loss") != FIGURE
