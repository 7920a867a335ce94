"""Names of tags: safe for TensorBoard's filters, sorted in call order, each with a description."""

import pytest

from torchdemos.log import tags


def test_every_kind_of_tag_has_a_description() -> None:
    names = [value for name, value in vars(tags).items() if name.isupper() and isinstance(value, str)]
    undescribed = [name for name in names if not any(key.startswith(name) for key in tags.DESCRIPTIONS)]
    assert undescribed == []


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("fc1", "fc1"),
        ("lstm[0]", "lstm.0"),
        ("head['logits']", "head.logits"),
        ("relu#2", "relu#2"),
        ("layers.0.norm", "layers.0.norm"),
    ],
)
def test_layer_names_are_safe_inside_a_tag(name: str, tag: str) -> None:
    assert tags.clean(name) == tag


def test_layers_sort_in_call_order_however_many_there_are() -> None:
    few, many = [tags.layer(i, "x", 12) for i in range(12)], [tags.layer(i, "x", 120) for i in range(120)]
    assert sorted(few) == few and sorted(many) == many


@pytest.mark.parametrize(("prefix", "tag"), [("my (gan)/1", "my.gan.1_h"), ("()", "h"), ("", "h")])
def test_a_prefix_is_safe_inside_a_tag(prefix: str, tag: str) -> None:
    assert tags.prefixed(prefix, "h") == tag


def test_names_that_are_alike_without_odd_characters_have_tags_of_their_own() -> None:
    unique = tags.Unique(tags.clean)
    names = ["mean (train)", "mean [train]", "mean.train", "mean.train#2", "mean (train)"]
    assert [unique[name] for name in names] == [
        "mean.train",
        "mean.train#2",
        "mean.train#3",
        "mean.train#2#2",
        "mean.train",
    ]
