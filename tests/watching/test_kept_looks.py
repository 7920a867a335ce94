"""A run of any length is kept in little memory, and its numbers come back as the rules read them."""

import math
import pickle
from typing import Any

import numpy as np
import pytest

from torchdemos.watching.kept_looks import FIRST, MOST, KeptLooks
from torchdemos.watching.look import Look


def look(step: int, layers: tuple[str, ...] = ("a", "b"), **other: Any) -> Look:
    """A look with a few numbers, all of them the step."""
    of_layers = {layer: {"mean": float(step), "dead_units": 0.0} for layer in layers}
    parts: dict[str, Any] = {
        "step": step,
        "activations": of_layers,
        "gradients": {layer: {"norm": float(step)} for layer in layers},
        "parameters": {f"{layer}.weight": {"norm": float(step)} for layer in layers},
        "weights_finite": dict.fromkeys(layers, True),
        "loss": float(step),
        "gradient_norm": float(step),
        "unclipped_gradient_norm": None,
        "added_gradient_norm": None,
        "left_over_gradient_norm": None,
        "optimizer": {},
        "histograms": {},
        "parameter_histograms": {},
        "gradient_histograms": {},
        "silent": [],
        "without_gradient": [],
        "kinds": dict.fromkeys(layers, "Linear 4 → 4"),
        "rows": dict.fromkeys(layers, 8),
        "given": {},
        "answer": {},
        "frozen": [],
        "fed_by": {},
    }
    return Look(**parts | other)


def kept(*looks: Look) -> KeptLooks:
    found = KeptLooks()
    for one in looks:
        found.add(one)
    return found


def test_without_a_look_nothing_is_known() -> None:
    history = KeptLooks().history()
    assert not history.steps and not history.losses and not history.outputs


def test_each_number_is_one_of_a_series() -> None:
    history = kept(*map(look, (0, 5, 9))).history()
    assert history.steps == [0, 5, 9] and history.losses == [(0, 0.0), (5, 5.0), (9, 9.0)]
    rows = [
        history.outputs["a"]["mean"],
        history.gradients["b"]["norm"],
        history.parameters["b.weight"]["norm"],
        history.totals["gradient_norm"],
    ]
    assert [list(row) for row in rows] == [[0.0, 5.0, 9.0]] * 4
    assert history.totals.keys() == {"gradient_norm"} and history.given == history.answer == {}


@pytest.mark.parametrize("count", [MOST, MOST + 1, 5 * MOST + 3])
def test_no_more_looks_are_kept_than_so_many_and_every_loss_is(count: int) -> None:
    found = kept(*map(look, range(count)))
    steps = found.history().steps
    assert len(steps) <= MOST and (count > MOST or len(steps) == count)
    assert list(steps[:FIRST]) == list(range(FIRST)) and list(steps[-FIRST:]) == list(range(count - FIRST, count))
    assert list(steps) == sorted(set(steps)) and len(steps) > MOST / 2
    assert found.history().losses == [(step, float(step)) for step in range(count)]


def test_what_is_kept_of_the_middle_lies_at_even_distances() -> None:
    steps = np.array(kept(*map(look, range(4000))).history().steps)
    assert set(np.diff(steps[FIRST:-FIRST])) == {32}


def test_the_looks_at_which_something_first_was_not_finite_stay() -> None:
    def numbers(step: int) -> Look:
        means = {"a": 1.0 if step < 1111 else math.nan, "b": math.inf if step in (777, 780) else 1.0}
        return look(step, activations={layer: {"mean": mean} for layer, mean in means.items()})

    history = kept(*map(numbers, range(3000))).history()
    assert {777, 1111} <= set(history.steps) and not {780, 1112} & set(history.steps)
    first = int(np.argmax(np.isinf(history.outputs["a"]["mean"])))
    assert history.steps[first] == 1111 and len(history.steps) <= MOST


def test_looks_with_the_same_names_share_them() -> None:
    looks = kept(*map(look, range(4))).looks
    assert all(one.names is looks[0].names for one in looks)


def test_names_may_come_and_go_between_looks() -> None:
    history = kept(look(0, ("a", "c")), look(1, ("a", "b", "c")), look(2, ("c",), loss=None)).history()
    assert list(history.outputs) == list(history.gradients) == list(history.kinds) == ["a", "b", "c"]
    means = {layer: history.outputs[layer]["mean"] for layer in "abc"}
    assert list(means["a"]) == pytest.approx([0, 1, math.nan], nan_ok=True)
    assert list(means["b"]) == pytest.approx([math.nan, 1, math.nan], nan_ok=True)
    assert list(means["c"]) == [0, 1, 2]
    assert history.losses == [(0, 0.0), (1, 1.0)] and list(history.rows) == ["a", "b", "c"]


def test_not_a_number_is_unknown_only_where_it_says_so() -> None:
    broken = {"mean": math.nan, "std": math.inf, "finite_fraction": 0.5, "dead_units": math.nan}
    ratio = {"norm": math.nan, "grad_norm": math.inf, "update_ratio": math.inf}
    history = kept(
        look(0, activations={"a": broken}, parameters={"a.weight": ratio}, gradient_norm=math.nan, loss=math.nan)
    ).history()
    expected = {"mean": math.inf, "std": math.inf, "finite_fraction": 0.5, "dead_units": math.nan}
    assert {name: row[0] for name, row in history.outputs["a"].items()} == pytest.approx(expected, nan_ok=True)
    found = {name: row[0] for name, row in history.parameters["a.weight"].items()}
    assert found == pytest.approx({"norm": math.inf, "grad_norm": math.inf, "update_ratio": math.nan}, nan_ok=True)
    assert history.totals["gradient_norm"][0] == math.inf
    assert math.isnan(history.losses[0][1])  # a loss is what it was


def test_what_is_no_number_is_that_of_the_latest_look_and_rows_are_the_most_of_all() -> None:
    first = look(0, rows={"a": 9, "b": 3}, frozen=["a.weight"], silent=["b"], fed_by={"b": []})
    last = look(1, rows={"a": 2, "b": 4}, kinds={"a": "Linear 5 → 4"}, without_gradient=["b"], fed_by={"b": ["a"]})
    history = kept(first, last).history()
    assert history.rows == {"a": 9, "b": 4} and history.kinds == {"a": "Linear 5 → 4", "b": "Linear 4 → 4"}
    assert history.frozen == [] and history.silent == [] and history.without_gradient == ["b"]
    assert history.fed_by == {"b": ["a"]}


def test_both_ends_of_the_model_are_kept() -> None:
    history = kept(look(0, given={"std": 2.0}), look(1, given={"std": 3.0}, answer={"units": 10.0})).history()
    assert list(history.given["std"]) == [2, 3]
    assert list(history.answer["units"]) == pytest.approx([math.nan, 10], nan_ok=True)


def test_a_copy_goes_on_alone() -> None:
    found = kept(look(0), look(1))
    twin = pickle.loads(pickle.dumps(found))
    twin.add(look(2))
    assert twin.history().steps == [0, 1, 2] and found.history().steps == [0, 1]
