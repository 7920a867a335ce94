"""Every tensor inside a nested output is found, under the path that leads to it in Python."""

from collections import OrderedDict, namedtuple
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from torchdemos.hooks.nested import MAX_DEPTH, first_tensor, nested_tensors

Pair = namedtuple("Pair", ["first", "second"])
LEAVES = st.one_of(st.integers().map(lambda n: torch.tensor([float(n % 97)])), st.none(), st.integers(), st.text())
KEYS = st.one_of(st.integers(), st.text("abc_'[]", max_size=5))
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.tuples(inner, inner).map(lambda pair: Pair(*pair)),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=12,
)


def count(output: Any) -> int:
    if isinstance(output, Tensor):
        return 1
    inner = output.values() if isinstance(output, dict) else output if isinstance(output, (list, tuple)) else ()
    return sum(map(count, inner))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(NESTED)
def test_the_path_of_every_tensor_leads_to_it(output: Any) -> None:
    found = nested_tensors(output)
    assert len(found) == count(output) == len({path for path, _ in found})
    for path, tensor in found:
        assert eval(f"output{path}") is tensor  # as Python writes it


def test_an_output_that_contains_itself_is_walked_once() -> None:
    inner = torch.ones(1)
    output: list[Any] = [inner]
    output.append(output)
    assert nested_tensors(output) == [("[0]", inner)]


def test_what_lies_too_deep_is_left_out() -> None:
    output: Any = torch.ones(1)
    for _ in range(MAX_DEPTH + 1):
        output = [output]
    assert nested_tensors(output) == []
    assert len(nested_tensors(output[0])) == 1


def test_a_container_that_raises_gives_nothing() -> None:
    class Broken(OrderedDict[str, Tensor]):
        def items(self) -> Any:
            raise RuntimeError("no")

    assert nested_tensors(Broken(a=torch.ones(1))) == []


def test_the_first_tensor_is_found_at_any_depth() -> None:
    x, y = torch.zeros(1), torch.ones(1)
    assert first_tensor((x, y)) is x
    assert first_tensor((None, {"a": [y]}, x)) is y
    assert first_tensor(()) is None and first_tensor(("words", 3)) is None
