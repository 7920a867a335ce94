"""Pictures as cards: one for each tag, the pinned ones kept before all others."""

from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting.pictures import Pictures

STEPS = [(0, b"early"), (5, b"late!")]
RUNS = {
    "0_he": LoggedRun(
        pictures={"4_pictures/1_in_depth": STEPS, "4_pictures/2_q": STEPS}, descriptions={"4_pictures/2_q": "`q`"}
    ),
    "1_zero": LoggedRun(pictures={"4_pictures/2_q": STEPS}),
}


def test_a_card_shows_a_tag_of_several_runs_in_words() -> None:
    one, several = Pictures(RUNS, [], 1000).cards(without=[])
    assert one["title"] == "in depth" and [run["name"] for run in one["runs"]] == ["0_he"]
    assert several["about"] == "q" and [run["name"] for run in several["runs"]] == ["0_he", "1_zero"]
    assert several["runs"][0] == {"name": "0_he", "steps": [0, 5], "png": ["ZWFybHk=", "bGF0ZSE="]}


def test_a_pinned_picture_is_the_last_to_be_left_out() -> None:
    pinned = ("4_pictures/2_q", "1_zero")
    kept = Pictures(RUNS, [pinned], 14)
    assert kept.has(*pinned) and [card["tag"] for card in kept.cards([])] == ["4_pictures/2_q"]
    assert kept.omissions == ["5 of 6 pictures", "every step of 2 series of them"]
