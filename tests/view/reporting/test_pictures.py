"""Pictures as cards: one for each tag, the pinned ones kept before all others."""

import base64
import struct

from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting.pictures import MAX_PIXELS, PIXELS_A_BYTE, Pictures


def png(width: int, height: int, rest: bytes = b"") -> bytes:
    """The first bytes of a picture."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + rest


STEPS = [(0, png(1, 1, b"early")), (5, png(1, 1, b"late!"))]
SIZE = 4 * len(STEPS[0][1]) // 3 + 8
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
    shown = several["runs"][0]
    assert (shown["name"], shown["steps"]) == ("0_he", [0, 5])
    assert [base64.b64decode(one) for one in shown["png"]] == [content for _, content in STEPS]


def test_a_pinned_picture_is_the_last_to_be_left_out() -> None:
    pinned = ("4_pictures/2_q", "1_zero")
    kept = Pictures(RUNS, [pinned], SIZE)
    assert kept.has(*pinned) and [card["tag"] for card in kept.cards([])] == ["4_pictures/2_q"]
    assert kept.omissions == ["5 of 6 pictures", "every step of 2 series of them"]


def test_a_picture_that_unpacks_to_more_than_there_is_room_for_is_left_out() -> None:
    pictures = {"bomb": [(0, png(2**16, 2**16))], "none": [(0, b"GIF")], "fine": [(0, png(8, 8))]}
    kept = Pictures({".": LoggedRun(pictures=pictures)}, [], 10**6)
    assert [card["tag"] for card in kept.cards([])] == ["fine"]
    assert kept.omissions == ["2 of 3 pictures", "every step of 2 series of them"]


def test_many_pictures_together_unpack_to_no_more_than_there_is_room_for() -> None:
    large = PIXELS_A_BYTE * 1000 // 3
    assert large < MAX_PIXELS
    pictures = {f"{number}": [(0, png(large, 1))] for number in range(9)}
    assert len(Pictures({".": LoggedRun(pictures=pictures)}, [], 1000).cards([])) == 3
