"""One colour a run: by what it is called, the same for its prediction, and the same palette everywhere."""

import re

from torchdemos.log import colours
from torchdemos.pictures.charts import PALETTE
from torchdemos.view import web


def named(*runs: str) -> dict[str, str]:
    """The colours without the CSS around their names."""
    return {run: css.removeprefix("var(--").removesuffix(")") for run, css in colours.of_runs(runs).items()}


def test_what_vanishes_is_blue_what_is_good_green_and_what_explodes_red() -> None:
    assert named("0_vanish", "1_flow", "2_explode") == {"0_vanish": "blue", "1_flow": "green", "2_explode": "red"}
    ladder = named("0_crawl", "1_good", "2_jump", "3_diverge")
    assert list(ladder.values()) == ["blue", "green", "pink", "red"]


def test_a_prediction_has_the_colour_of_its_run() -> None:
    found = named("a/0.theory", "a/0_vanish", "a/2.theory", "a/2_explode", "a/7.theory")
    assert (found["a/0.theory"], found["a/2.theory"], found["a/7.theory"]) == ("blue", "red", "ink")


def test_runs_in_one_folder_differ_until_the_palette_ends() -> None:
    seven = named(*(f"x/{i}_mine" for i in range(7)))
    assert list(seven.values()) == list(colours.PALETTE)
    assert named("a", "x/0_b") == {"a": "blue", "x/0_b": "blue"}
    assert len(named(*(f"{i:02d}" for i in range(20)))) == 20


def test_a_lone_run_has_a_colour_and_a_folder_beside_its_variants_is_ink() -> None:
    assert named(".") == {".": "blue"}
    assert named(".", "0_cnn", "1_mlp") == {".": "ink", "0_cnn": "blue", "1_mlp": "green"}


def test_a_colour_that_another_run_has_by_its_meaning_is_left_to_it() -> None:
    found = named("0_other", "1_vanish", "2_crawl")
    assert found == {"0_other": "green", "1_vanish": "blue", "2_crawl": "faint"}


def test_the_palette_is_that_of_the_page_and_of_the_pictures() -> None:
    light, dark = re.split(r"^\.dark", (web.FOLDER / "answer.css").read_text(), maxsplit=1, flags=re.M)
    assert list(PALETTE) == list(colours.PALETTE)
    for name, (red, green, blue) in PALETTE.items():
        assert f"--{name}: #{red:02x}{green:02x}{blue:02x};" in light and f"--{name}: #" in dark
    (lines,) = re.findall(r"LINES = \[(.*?)\]", (web.FOLDER / "colours.js").read_text())
    assert lines == ", ".join(f'"{name}"' for name in colours.PALETTE)
