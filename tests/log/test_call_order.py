"""The call order of layers in a log: by number, or as a text tells it."""

import pytest

from torchdemos.log import call_order


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("2_grad_norm_log10/00_fc1", "call_order"),
        ("gan_2_grad_norm_log10/00_fc1", "gan_call_order"),
        ("net_2_3_activation_std/00_fc1", "net_2_call_order"),
        ("loss", "call_order"),
    ],
)
def test_each_model_has_a_text_of_its_own(tag: str, text: str) -> None:
    assert call_order.text_tag(tag) == text


def test_numbers_tell_the_order_unless_the_text_does() -> None:
    group = ["g/100_z", "g/02_lstm.0", "g/00_fc1"]
    assert call_order.by_call(group, {}) == group[::-1]
    words = call_order.text(["02_lstm.0", "00_fc1"])
    assert call_order.by_call(group, {"call_order": words}) == ["g/02_lstm.0", "g/00_fc1", "g/100_z"]
    assert call_order.by_call(group, {"call_order": "somebody else's words"}) == group[::-1]
    assert call_order.by_call([], {"call_order": words}) == []
