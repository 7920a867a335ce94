"""Layers are chosen by name, pattern, type or predicate, in the model's own order."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from torchdemos.hooks.layers import select

KINDS = st.sampled_from([nn.ReLU, nn.Identity, lambda: nn.Linear(2, 2), lambda: nn.Dropout(0.5)])
TREES = st.recursive(
    KINDS.map(lambda build: build()),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda layers: nn.Sequential(*layers)),
    max_leaves=8,
).map(lambda tree: nn.Sequential(tree))


def computing(model: nn.Module) -> list[str]:
    return [name for name, module in model.named_modules() if name and not isinstance(module, nn.Sequential)]


@settings(max_examples=50, derandomize=True, deadline=None)
@given(TREES, st.data())
def test_every_way_to_choose_keeps_the_models_order(model: nn.Module, data: st.DataObject) -> None:
    names = computing(model)
    assert list(select(model)) == names
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    assert list(select(model, chosen)) == [name for name in names if name in chosen]
    assert list(select(model, lambda name, module: name in chosen)) == [name for name in names if name in chosen]
    pattern = data.draw(st.sampled_from([f"{name[:-1]}*" for name in names]))
    assert list(select(model, pattern)) == [name for name in names if fnmatchcase(name, pattern)]
    kind = type(model.get_submodule(chosen[0]))
    assert list(select(model, kind)) == [name for name in names if isinstance(model.get_submodule(name), kind)]


@settings(max_examples=25, derandomize=True, deadline=None)
@given(TREES, st.text("abcxyz", min_size=1, max_size=6))
def test_an_unknown_name_is_an_error_that_names_what_there_is(model: nn.Module, name: str) -> None:
    with pytest.raises(LookupError, match=f"no layer named '{name}'; the closest names are: "):
        select(model, name)
    assert select(model, name, strict=False) == {}
