"""What can be set: bounds are kept, and a wrong value is a sentence."""

import json
import math
from dataclasses import asdict
from typing import Any

import pytest

from torchdemos.lab.playground import settings
from torchdemos.lab.playground.settings import CONTROLS, HIGHEST_RATE, LOWEST_RATE, Settings


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("learning_rate", 1, 1.0),
        ("learning_rate", LOWEST_RATE, LOWEST_RATE),
        ("learning_rate", HIGHEST_RATE, HIGHEST_RATE),
        ("depth", 30, 30),
        ("depth", 3.0, 3),
        ("width", 100, 100),
        ("batch", 64, "64"),
        ("batch", "ALL", "all"),
        ("optimizer", "adam", "Adam"),
        ("initialization", "xavier", "Xavier"),
    ],
)
def test_a_value_within_bounds_is_taken_in_its_own_type(name: str, value: Any, taken: Any) -> None:
    found = settings.check(name, value)
    assert (found, type(found)) == (taken, type(taken))


@pytest.mark.parametrize("value", [0, -0.1, math.nan, math.inf, 10.1, 1e-6, "0.1", None, True, [0.1], {}])
def test_a_learning_rate_out_of_bounds_is_refused_in_a_sentence(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^learning rate .+ is out of reach: give a number from 1e-05 to 10$"):
        settings.check("learning_rate", value)


@pytest.mark.parametrize("value", [0, 31, 2.5, math.nan, math.inf, "3", True, None])
def test_a_depth_out_of_bounds_is_refused_in_a_sentence(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^depth .+ is out of reach: give a whole number from 1 to 30$"):
        settings.check("depth", value)


@pytest.mark.parametrize("value", ["gelu", 3, None, True, ["relu"], {"relu": 1}])
def test_an_unknown_choice_is_answered_with_all_there_are(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^activation .+ is unknown: choose from relu, sigmoid, tanh, linear$"):
        settings.check("activation", value)


def test_an_unknown_setting_is_answered_with_the_closest() -> None:
    with pytest.raises(ValueError, match=r'^there is no setting "learning rate"; did you mean learning_rate\?$'):
        settings.check("learning rate", 1)


def test_a_refusal_quotes_no_more_than_a_line() -> None:
    with pytest.raises(ValueError) as error:
        settings.check("loss", "x" * 10_000)
    assert len(str(error.value)) < 150


def test_settings_cannot_be_made_with_a_wrong_value() -> None:
    with pytest.raises(ValueError, match="width 0"):
        Settings(width=0)


def test_controls_say_all_that_a_page_draws() -> None:
    found = settings.controls(Settings(depth=4))
    assert [control["name"] for control in found] == [*asdict(Settings())] == [*CONTROLS]
    assert next(control["value"] for control in found if control["name"] == "depth") == 4
    assert {control["name"] for control in found if control["fresh"]} == {
        "activation",
        "depth",
        "width",
        "initialization",
    }
    for control in found:
        assert control["kind"] in ("dial", "whole", "choice") and control["help"].endswith(".")
        assert ("options" in control) == (control["kind"] == "choice") != ({"low", "high"} <= control.keys())
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("name", [name for name, own in CONTROLS.items() if "options" in own.bounds])
def test_each_option_is_a_value(name: str) -> None:
    for option in CONTROLS[name].bounds["options"]:
        assert getattr(Settings(**{name: option}), name) == option
