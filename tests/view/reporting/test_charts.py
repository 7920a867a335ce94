"""Scalars as charts: how many lines and points, which colours, which axis."""

from pathlib import Path

from torchdemos import report
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting.charts import Charts

from .demo_log import a_demo, data_of, run_of


def test_long_curves_are_thinned_and_what_is_not_finite_is_no_number(tmp_path: Path) -> None:
    (data,) = data_of(report(a_demo(tmp_path / "run")).html)
    loss, last = data["charts"]
    points = loss["series"][0]["points"]
    assert len(points) == 300 and points[0] == [0, 2.0] and points[-1][0] == 599
    assert last["series"][0]["points"][1][1] is None
    assert not loss["y"]["log"]


def test_a_chart_that_spans_many_decades_is_logarithmic() -> None:
    drawn = Charts({"0_a": run_of({"loss": [(0, 1e-3), (1, 10.0)], "2_log10/x": [(0, 1e-3), (1, 10.0)]})})
    assert drawn.of_tag("loss")[0]["y"]["log"] and not drawn.of_tag("2_log10/x")[0]["y"]["log"]


def test_no_chart_has_more_than_seven_lines() -> None:
    curve = [(0, 1.0), (1, 2.0)]
    runs = {
        f"{i}_run": run_of({"1_overview/loss": curve} | {f"2_x/{j:02d}_fc": curve for j in range(9)}) for i in range(8)
    }
    drawn = Charts(runs)
    assert [len(chart["series"]) for chart in drawn.of_tag("1_overview/loss")] == [4, 4]
    _, layers = drawn.groups()
    assert len(layers.charts) == 8 and all(len(chart["series"]) == 7 for chart in layers.charts)
    assert layers.charts[0]["title"] == "0_run (7 of 9)"


def test_a_prediction_has_the_colour_of_its_run_and_is_dashed() -> None:
    curve = [(0, 1.0), (1, 2.0)]
    drawn = Charts({name: run_of({"loss": curve}) for name in ("0.theory", "0_a", "1_b", "1.theory")})
    lines = {line["name"]: line for line in drawn.of_tag("loss")[0]["series"]}
    assert list(lines) == ["0_a", "1_b", "0.theory", "1.theory"]
    assert lines["1.theory"]["colour"] == lines["1_b"]["colour"] != lines["0_a"]["colour"]
    assert lines["1.theory"]["dashed"] and "dashed" not in lines["1_b"]


def test_the_numbers_at_the_end_have_a_column_once_and_none_for_each_layer() -> None:
    ended = {"1_overview/accuracy": [(9, 0.5)], "final/accuracy": [(9, 0.5)], "final/loss_capped": [(9, 1.0)]}
    of_layers = {"5_parameter_update_ratio_log10/fc14.bias": [(9, -3.0)], "gan_2_nonfinite/00_fc1": [(9, 1.0)]}
    head, rows = Charts({"0_a": run_of(ended | of_layers), "1_b": run_of({"final/accuracy": [(9, 0.25)]})}).numbers()
    assert head == ["run", "accuracy", "loss capped"]
    assert rows == [["0_a", "0.5", "1"], ["1_b", "0.25", ""]]


def test_a_restart_is_marked_where_the_axis_is_the_step() -> None:
    points = [(0, 1.0), (4, 2.0)]
    axis = {"b": "The axis is the layer."}
    runs = {".": LoggedRun(scalars={"a": points, "b": points}, restarts=[2], descriptions=axis)}
    assert [chart["restarts"] for group in Charts(runs).groups() for chart in group.charts] == [[2], []]
