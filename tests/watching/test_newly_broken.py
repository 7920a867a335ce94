"""What was finite and is not any more counts once."""

import math
from dataclasses import fields

import pytest

from torchdemos.watching.look import Look
from torchdemos.watching.newly_broken import SOUND, NewlyBroken

EVERYTHING = dict.fromkeys(field.name for field in fields(Look))
OUTPUT, WEIGHT, TAKEN, GRADIENT, LOSS = "output", "weight", "taken", "gradient", "loss"


def look(*broken: str) -> Look:
    """A look in which some things are not finite."""
    numbers = {what: math.nan if what in broken else 1.0 for what in (WEIGHT, TAKEN, GRADIENT, LOSS)}
    found = {
        "activations": {"fc1": {"finite_fraction": 0.5 if OUTPUT in broken else 1.0}},
        "gradients": {"fc1": {"norm": numbers[GRADIENT]}},
        "parameters": {"fc1.weight": {"norm": numbers[WEIGHT], "added_grad_norm": numbers[GRADIENT]}, "fc1.bias": {}},
        "gradient_norm": numbers[TAKEN],
        "loss": numbers[LOSS],
    }
    return Look(**(EVERYTHING | found))  # type: ignore[arg-type]


@pytest.mark.parametrize("what", [OUTPUT, WEIGHT, TAKEN, LOSS])
def test_an_output_a_weight_the_gradient_of_a_step_or_the_loss_counts_once(what: str) -> None:
    broken, looks = NewlyBroken(), (look(), look(what), look(what), look(), look(what))
    assert [broken.add(each) for each in looks] == [False, True, False, False, False]


def test_a_gradient_that_no_step_took_does_not_count() -> None:
    assert not NewlyBroken().add(look(GRADIENT))


def test_what_breaks_later_is_new() -> None:
    broken = NewlyBroken()
    assert [broken.add(each) for each in (look(OUTPUT), look(OUTPUT, WEIGHT))] == [True, True]


@pytest.mark.parametrize(("sound", "expected"), [(SOUND - 1, False), (SOUND, True)])
def test_what_was_sound_for_long_counts_anew(sound: int, expected: bool) -> None:
    broken = NewlyBroken()
    broken.add(look(OUTPUT))
    for _ in range(sound):
        broken.add(look())
    assert broken.add(look(OUTPUT)) == expected
