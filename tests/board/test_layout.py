"""What the Custom Scalars and HParams tabs parse."""

from pathlib import Path

from reading import Log, raw_events
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.plugins.hparams import metadata

from torchdemos.board import Board, layout


def test_the_custom_scalar_layout_is_what_the_plugin_parses(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.show(layout.custom_scalars({"depth": {"lines": ["a", "b"], "band": ("m", "low", "high")}}))
    (category,) = Layout.FromString(Log(tmp_path / "run").content("custom_scalars__config__")).category
    lines, band = category.chart
    assert list(lines.multiline.tag) == ["a", "b"]
    assert (band.margin.series[0].value, band.margin.series[0].upper) == ("m", "high")


def test_hparams_are_what_the_plugin_parses(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.show(layout.experiment(["init", "lr"], {"final/accuracy": "accuracy"}))
        board.show(layout.session_start({"init": "he", "lr": 0.1}), layout.session_end(failed=True))
    experiment, start, end = (
        value.metadata.plugin_data.content for e in raw_events(tmp_path / "run")[1:] for value in e.summary.value
    )
    assert [info.name for info in metadata.parse_experiment_plugin_data(experiment).hparam_infos] == ["init", "lr"]
    parsed = metadata.parse_session_start_info_plugin_data(start).hparams
    assert (parsed["init"].string_value, parsed["lr"].number_value) == ("he", 0.1)
    assert metadata.parse_session_end_info_plugin_data(end).status == 2
