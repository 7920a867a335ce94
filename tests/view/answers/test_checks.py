"""Each line says what was looked at, and whether a rule calls it wrong."""

import pytest

from torchdemos.log import tags
from torchdemos.view.answers import checks
from torchdemos.view.answers.by_layer import ByLayer
from torchdemos.view.events import LoggedRun
from torchdemos.view.looks import Looks

GRADIENTS = {f"{tags.GRADIENT_NORM}/00_a": [(0, 0.0), (9, 1.0)], f"{tags.GRADIENT_NORM}/01_b": [(0, 0.0), (9, -1.0)]}
DEAD, SATURATED = f"{tags.ACTIVATION_STATISTIC}_dead_units", tags.SATURATED_UNITS


def lines(more: dict[str, list[tuple[int, float]]]) -> dict[str, tuple[str, str]]:
    """What is said under each word, with its mark."""
    looks = Looks(LoggedRun(GRADIENTS | more), "")
    found = checks.of(looks, ByLayer(looks), looks.findings())
    return {words.partition(": ")[0]: (mark, words.partition(": ")[2]) for mark, words in found}


@pytest.mark.parametrize(
    ("more", "about", "mark", "words"),
    [
        ({}, "not finite", "sound", "no NaN and no inf in 2 looks"),
        ({f"{tags.NONFINITE}/01_b": [(9, 0.5)], f"{tags.ACTIVATION_STD}/01_b": [(9, 1.0)]},
         "not finite", "ill", "first at step 9, in b"),
        ({f"{tags.NONFINITE_GRADIENT}/01_b": [(0, 1.0)]}, "not finite", "open", "first at step 0, in b"),
        ({}, "vanishing, exploding", "sound", "the largest of 2 layers is 100 times the smallest"),
        ({f"{tags.ZERO_GRADIENT}/02_c": [(9, 1.0)]},
         "vanishing, exploding", "open", "the largest of 2 layers is 100 times the smallest, exactly 0 in 1 layer"),
        ({f"{tags.ZERO_GRADIENT}/02_c": [(0, 1.0), (5, 1.0), (9, 1.0)]},
         "vanishing, exploding", "ill", "the largest of 2 layers is 100 times the smallest, exactly 0 in 1 layer"),
        ({f"{tags.GRADIENT_NORM}/00_a": [(0, -9.0), (9, -9.0)], f"{tags.GRADIENT_NORM}/02_c": [(0, 0.0), (9, 1.0)]},
         "vanishing, exploding", "ill", "the largest of 3 layers is 10¹⁰ times the smallest"),
        ({f"{DEAD}/00_a": [(0, 0.6), (9, 0.3)], f"{tags.LONG_DEAD}/00_a": [(0, 0.6), (9, 0.3)]},
         "dead", "sound", "30% of the units of a"),
        ({f"{DEAD}/00_a": [(0, 0.6), (9, 0.6)], f"{tags.LONG_DEAD}/00_a": [(0, 0.6), (9, 0.6)]},
         "dead", "open", "60% of the units of a"),
        ({f"{DEAD}/00_a": [(0, 0.6), (9, 1.0)], f"{tags.LONG_DEAD}/00_a": [(9, 1.0)],
          f"{tags.ACTIVATION_STD}/00_a": [(0, 1.0), (9, 0.0)]},
         "dead", "ill", "100% of the units of a"),
        ({f"{DEAD}/00_a": [(0, 0.6), (9, 0.9)]}, "dead", "sound", "no unit was silent for 1,000 samples"),
        ({f"{DEAD}/00_a": [(0, 0.6), (9, 0.0)], f"{tags.LONG_DEAD}/00_a": [(0, 0.6)]},
         "dead", "sound", "no unit was silent for 1,000 samples"),
        ({f"{SATURATED}/00_a": [(0, 0.9), (9, 0.4)], f"{tags.ACTIVATION_STD}/00_a": [(9, 1.0)]},
         "saturated", "sound", "at most 40% of the units of a"),
        ({f"{SATURATED}/00_a": [(0, 0.0), (9, 0.6)],
          f"{tags.ACTIVATION_STD}/00_a": [(9, 1.0)], f"{tags.ACTIVATION_STD}/01_b": [(9, 1.0)]},
         "saturated", "ill", "at most 60% of the units of a"),
        ({f"{tags.UPDATE_RATIO}/a.weight": [(0, -7.0), (9, -3.0)], f"{tags.UPDATE_RATIO}/b.weight": [(0, -2.0)]},
         "updates", "sound", "a step moves weights by 0.001 to 0.01 of their size"),
        ({f"{tags.UPDATE_RATIO}/a.weight": [(0, -7.0)]},
         "updates", "open", "a step moves weights by 10⁻⁷ to 10⁻⁷ of their size"),
        ({f"{tags.UNCHANGED}/a.weight": [(0, 1.0)]},
         "updates", "open", "1 weight or bias never changed, a.weight first"),
        ({}, "loss", "open", "not known; around.loss(loss) inside the block gives it"),
        ({tags.LOSS: [(0, 2.0), (9, 1.5)]}, "loss", "sound", "2 at first, 1.5 at the end"),
        ({tags.LOSS: [(0, 2.0), (9, 1.9)]}, "loss", "open", "2 at first, 1.9 at the end"),
        ({tags.LOSS: [(0, 2.0), (9, 41.0)]}, "loss", "open", "2 at first, 41 at the end"),
        ({tags.LOSS: [(0, 2.0), (5, 2.0), (9, 41.0)]}, "loss", "ill", "41 at the end"),
    ],
)  # fmt: skip
def test_a_check_says_what_came_of_it(
    more: dict[str, list[tuple[int, float]]], about: str, mark: str, words: str
) -> None:
    assert lines(more)[about] == (mark, words)


def test_what_the_log_does_not_tell_has_no_line() -> None:
    assert list(lines({})) == ["not finite", "vanishing, exploding", "loss"]
