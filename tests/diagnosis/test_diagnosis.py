"""All rules together: what is silent, and in which order findings come."""

import math

import numpy as np

from torchdemos.diagnosis import diagnose

from .by_layer import geometric, layers


def test_nothing_measured_is_nothing_found() -> None:
    assert diagnose() == []
    assert diagnose(losses=[], finite={}, gradient_norms={}, dead={}, saturated={}) == []


def test_a_healthy_run_has_no_findings() -> None:
    found = diagnose(
        losses=[2.3, 2.1, 1.9],
        finite=layers(1, 1, 1),
        weights_finite=dict.fromkeys(layers(0, 0, 0), True),
        gradient_norms=geometric(0.5, 6),
        dead=layers(0.09, 0),
        samples=1000,
        saturated=layers(0.5, 0.1),
    )
    assert found == []


def test_errors_come_first_and_each_kind_once() -> None:
    found = diagnose(
        losses=[2.3, -1.0, math.nan],
        finite=layers(1, 0.5, 0.5),
        gradient_norms=layers(math.nan, math.nan, 0.0),
        dead=layers(0.2, 0.2),
        samples=2000,
        saturated=layers(0.9),
    )
    assert [f.kind for f in found] == [
        "not finite",
        "diverged",
        "vanishing gradient",
        "loss below its minimum",
        "dead units",
        "saturated units",
    ]
    assert [f.level for f in found] == ["error"] * 3 + ["warning"] * 3
    assert all(f.source and f.message.endswith(".") for f in found)


def test_an_error_overtakes_an_earlier_rules_warning() -> None:
    found = diagnose(gradient_norms=geometric(0.2, 5), dead={"fc": 0.9}, samples=1000)
    assert [f.kind for f in found] == ["dead units", "vanishing gradient"]


def test_numbers_may_be_anything_that_float_accepts() -> None:
    found = diagnose(
        losses=np.float32([2.3, 1e4]),
        finite={"fc": np.array(0.5)},
        weights_finite={"fc": np.array(False)},
        gradient_norms={f"fc{i}": np.array(10.0**i) for i in range(6)},
        dead={"fc": np.array(0.6)},
        samples=np.int64(1000),
        saturated={"fc": np.array(0.6)},
    )
    assert [f.kind for f in found] == ["not finite", "diverged", "vanishing gradient", "dead units", "saturated units"]
    assert "already non-finite" in found[0].message
