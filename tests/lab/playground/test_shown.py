"""The digit that is shown, of the test set or drawn."""

import math
from typing import Any

import pytest
import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import networks, shown
from torchdemos.lab.playground.settings import Settings


def test_a_test_digit_is_shown_with_its_label(digits: Digits) -> None:
    found = shown.shown(shown.check({"test": 7}, 1000), digits)
    label = int(digits.test_labels[7])
    assert torch.equal(found.image, digits.test_images[7:8])
    assert (found.label, found.words, found.is_drawn) == (label, f"a {label}, test digit 7", False)


def test_a_drawn_digit_has_the_pixels_that_were_drawn(digits: Digits) -> None:
    ink = [place / 784 for place in range(784)]
    found = shown.shown(shown.check({"drawn": ink}, 1000), digits)
    assert found.image.shape == (1, 1, 28, 28) and found.image.dtype == torch.float32
    assert found.image.flatten().tolist() == pytest.approx(ink)
    assert found.is_drawn and found.label is None


@pytest.mark.parametrize(
    "value",
    [
        {"test": 1000},
        {"test": -1},
        {"test": 1.0},
        {"test": True},
        {"test": "x" * 300},
        {"drawn": [0.0] * 783},
        {"drawn": [0.0] * 783 + [1.01]},
        {"drawn": [0.0] * 783 + [math.nan]},
        {"drawn": [0.0] * 783 + [None]},
        {"drawn": "0" * 784},
        {"test": 1, "drawn": [0.0] * 784},
        {},
        7,
        None,
    ],
)
def test_what_is_no_digit_is_refused_in_a_sentence(value: Any) -> None:
    said = r"^(there is no test digit|digit .+ is none: a drawing has 784 numbers).+ a whole number from 0 to 999$"
    with pytest.raises(ValueError, match=said) as error:
        shown.check(value, 1000)
    assert len(str(error.value)) < 250


def test_the_answer_is_the_digit_with_the_largest_share(digits: Digits) -> None:
    found = shown.shown({"test": 0}, digits)
    model = networks.network(Settings(loss="cross entropy"), 0, found.image)
    logits = model(found.image)[0].detach().double().numpy()
    shares = found.shares(model)
    assert shares == pytest.approx([math.exp(z) / sum(map(math.exp, logits)) for z in logits], rel=1e-5)
    assert shown.answer(shares) == (int(logits.argmax()), max(shares))
    assert shown.answer([math.nan] * 10) is None
