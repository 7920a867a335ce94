"""One exhibit on the page: its order, and what is pinned."""

from pathlib import Path

from torchdemos import report
from torchdemos.log import tags

from .demo_log import a_demo, data_of


def test_the_page_answers_first_and_explains_below(tmp_path: Path) -> None:
    html = report(a_demo(tmp_path / "run")).html
    order = ["<h1>Why?</h1>", 'class="verdict"', "glance", "Predicted and measured", "Diagnosis", "Pictures", "Charts"]
    places = [html.index(part) for part in [*order, "The runs", "How it was made"]]
    assert places == sorted(places)
    assert "10<sup>-3</sup>" in html and "1 of 1 predictions" in html and "<strong>slow</strong>" in html
    assert "seed 0" in html and "/home/me" not in html and "ten digits" in html


def test_what_is_pinned_comes_first_and_once(tmp_path: Path) -> None:
    html = report(a_demo(tmp_path / "run")).html
    (data,) = data_of(html)
    assert data["charts"][0]["tag"] == tags.LOSS and data["cards"][0]["tag"] == "4_pictures/1_p"
    assert [chart["tag"] for chart in data["charts"]].count(tags.LOSS) == 1
    assert [card["title"] for card in data["cards"]] == ["p", "q"]
