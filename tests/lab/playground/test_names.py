"""Networks are named by what is new about them, and no two alike."""

from dataclasses import replace

from torchdemos.lab.playground.names import Names
from torchdemos.lab.playground.settings import Settings

LINEAR, DEEP = Settings(), Settings(depth=20, activation="sigmoid", loss="NLL", batch="8", width=64)


def named(*networks: tuple[Settings, int]) -> list[str]:
    names = Names()
    return [names.take(*network) for network in networks]


def test_a_network_is_named_by_what_is_new() -> None:
    other = replace(LINEAR, depth=3, learning_rate=0.04951234)
    assert named((LINEAR, 0), (LINEAR, 3), (other, 3)) == ["linear, Xavier", "seed 3", "learning rate 0.0495, depth 3"]


def test_a_network_of_which_nearly_all_is_new_is_named_by_its_build() -> None:
    assert named((DEEP, 0), (LINEAR, 0)) == ["20 layers, sigmoid, Xavier", "linear, Xavier"]


def test_what_begins_again_keeps_its_words_and_gets_a_number() -> None:
    zero = replace(LINEAR, initialization="zero")
    assert named((LINEAR, 0), (LINEAR, 0), (zero, 0), (zero, 0), (LINEAR, 0), (zero, 0)) == [
        "linear, Xavier",
        "linear, Xavier (2)",
        "initialization zero",
        "initialization zero (2)",
        "initialization Xavier",
        "initialization zero (3)",
    ]
