"""Words on pictures."""

import torch
from picture_checks import ink

from torchdemos import pictures


def test_a_caption_is_written_above_and_wraps() -> None:
    picture = torch.zeros(3, 5, 80)
    short, long = (
        pictures.caption(picture, "conv1"),
        pictures.caption(picture, "a far longer caption than this: \u2713"),
    )
    assert short.shape[1] < long.shape[1] and short.shape[2] == long.shape[2] == 80
    assert ink(short[:, :-5]) > 20
    assert torch.equal(short[:, -5:], picture)


def test_what_the_font_lacks_is_written_as_a_question_mark() -> None:
    picture = torch.zeros(3, 5, 80)
    assert torch.equal(pictures.caption(picture, "\u2713 caf\u00e9"), pictures.caption(picture, "? caf?"))
