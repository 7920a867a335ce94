"""Gradient norms out of a log, by layer and step."""

import math
from itertools import pairwise

from torchdemos.log import call_order, listing, tags
from torchdemos.view import profiles

TAG = tags.GRADIENT_NORM


def test_layers_are_sorted_by_their_number_and_steps_by_size() -> None:
    found = profiles.profile({f"{TAG}/10_out": [(5, -1.0), (0, -2.0)], f"{TAG}/02_fc1": [(0, -3.0)]})
    assert found["layers"] == ["fc1", "out"]
    assert found["steps"] == [0, 5]
    assert found["log10"] == [[-3.0, None], [-2.0, -1.0]]
    assert found["predicted"] is None


def test_layers_are_sorted_as_a_text_of_the_same_model_says() -> None:
    measured = {f"gan_{TAG}/{layer}": [(0, 0.0)] for layer in ("00_fc2", "01_out", "02_fc1", "03_late")}
    words = call_order.text(["02_fc1", "00_fc2", "01_out"])
    assert profiles.profile(measured, texts={"gan_call_order": words})["layers"] == ["fc1", "fc2", "out", "late"]
    assert profiles.profile(measured, texts={"call_order": words})["layers"] == ["fc2", "out", "fc1", "late"]


def test_what_is_not_finite_is_told_apart_from_0() -> None:
    found = profiles.profile({f"{TAG}/00_a": [(0, math.nan), (1, math.inf), (2, 1.0), (3, -math.inf)]})
    assert found["log10"] == [["not finite", "not finite", 1.0, "zero"]]


def test_a_layer_whose_gradient_is_always_0_or_never_finite_has_its_row() -> None:
    logged = {
        f"{tags.ZERO_GRADIENT}/00_a": [(0, 1.0), (1, 1.0)],
        f"{tags.NONFINITE_GRADIENT}/01_b": [(0, 1.0), (1, 1.0)],
        f"{TAG}/02_c": [(0, -2.0)],
        f"{tags.NONFINITE_GRADIENT}/02_c": [(1, 1.0)],
    }
    found = profiles.profile(logged)
    assert found["layers"] == ["a", "b", "c"]
    assert found["log10"] == [["zero", "zero"], ["not finite", "not finite"], [-2.0, "not finite"]]


def test_a_layer_whose_gradient_nobody_asked_for_has_a_row_without_numbers() -> None:
    logged = {f"{tags.ACTIVATION_STD}/00_frozen": [(0, 1.0), (1, 1.0)], f"{TAG}/01_head": [(0, -1.0), (1, -1.0)]}
    found = profiles.profile(logged, texts={"layers": listing.text({"01_head": "Linear 20 → 64"})})
    assert found["layers"] == ["frozen", "head"] and found["kinds"] == ["", "Linear 20 → 64"]
    assert found["log10"] == [[None, None], [-1.0, -1.0]]


def test_in_an_older_log_a_layer_that_was_called_and_has_no_norm_had_a_gradient_of_0() -> None:
    logged = {f"{TAG}/00_a": [(0, -1.0)], f"{TAG}/01_b": [(0, -1.0), (1, -1.0), (2, -1.0)]}
    logged[f"{tags.ACTIVATION_STD}/00_a"] = [(0, 1.0), (1, 1.0)]
    assert profiles.profile(logged)["log10"][0] == [-1.0, "zero", None]
    newer = {"layers": listing.text({"00_a": "ReLU"})}
    assert profiles.profile(logged, texts=newer)["log10"][0] == [-1.0, None, None]


def test_a_prediction_stands_at_the_steps_it_was_made_for() -> None:
    measured = {f"{TAG}/00_a": [(0, 1.0), (1, 2.0)], f"{TAG}/01_b": [(0, 3.0), (1, 4.0)]}
    found = profiles.profile(measured, {f"{TAG}/00_a": [(0, 1.5), (7, 9.0)]})
    assert found["predicted"] == [[1.5, None], [None, None]]
    assert profiles.profile(measured, {f"{TAG}/00_a": [(7, 9.0)]})["predicted"] is None


def test_many_steps_are_thinned_evenly_from_the_first_to_the_last() -> None:
    steps = profiles.profile({f"{TAG}/00_a": [(step, 0.0) for step in range(1000)]}, most=10)["steps"]
    assert len(steps) == 10 and steps[0] == 0 and steps[-1] == 999
    assert {b - a for a, b in pairwise(steps)} == {111}


def test_models_are_told_apart_by_their_prefix() -> None:
    of = [f"{TAG}/00_a", f"generator_{TAG}/00_b", f"{TAG}_abs_max/00_a", "1_overview/loss", TAG]
    assert profiles.models(of) == {"": [f"{TAG}/00_a"], "generator": [f"generator_{TAG}/00_b"]}
    assert profiles.models([f"{tags.ACTIVATION_STD}/00_a"]) == {}


def test_a_watched_model_without_layers_is_known_by_its_totals() -> None:
    of = [f"generator_{TAG}/00_b", f"{tags.GRADIENT_SUMMARY}/total", f"x_{tags.GRADIENT_SUMMARY}/median"]
    assert profiles.watched(of) == ["generator", ""]


def test_a_theory_has_its_runs_folder_and_number() -> None:
    runs = ["x/0_vanish", "x/0.theory", "x/1_flow", "2.theory"]
    assert profiles.theory_of("x/0_vanish", runs) == "x/0.theory"
    assert profiles.theory_of("2_explode", runs) == "2.theory"
    assert profiles.theory_of("x/1_flow", runs) is None
    assert profiles.theory_of(".", runs) is None
    assert profiles.is_theory("x/0.theory") and not profiles.is_theory("x/0_vanish")


def test_nothing_logged_is_an_empty_profile() -> None:
    assert profiles.profile({}) == {"layers": [], "kinds": [], "steps": [], "log10": [], "predicted": None}
