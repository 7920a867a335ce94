"""What the Custom Scalars and HParams tabs show."""

from collections.abc import Mapping, Sequence

from tensorboard.compat.proto.summary_pb2 import SummaryMetadata
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

from torchdemos.board.values import Value, string
from torchdemos.log.cards import Chart, Charts


def custom_scalars(categories: Mapping[str, Charts]) -> Value:
    """The Custom Scalars tab: {category: {chart title: chart}}, with charts as in `log.cards`.

    Write it once, in the root run: TensorBoard merges the layouts of all runs.
    """
    layout = layout_pb2.Layout(
        category=[
            layout_pb2.Category(title=title, chart=[_chart(name, chart) for name, chart in charts.items()])
            for title, charts in categories.items()
        ]
    )
    return string("custom_scalars__config__", layout.SerializeToString(), plugin="custom_scalars")


def _chart(title: str, chart: Chart) -> layout_pb2.Chart:
    if isinstance(chart, tuple):
        value, lower, upper = chart
        series = layout_pb2.MarginChartContent.Series(value=value, lower=lower, upper=upper)
        return layout_pb2.Chart(title=title, margin=layout_pb2.MarginChartContent(series=[series]))
    return layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=list(chart)))


def experiment(hparams: Sequence[str], metrics: Mapping[str, str]) -> Value:
    """The columns of the HParams tab: names of what varies, and {tag: title} of the final numbers."""
    content = plugin_data_pb2.HParamsPluginData(
        experiment=api_pb2.Experiment(
            hparam_infos=[api_pb2.HParamInfo(name=name) for name in hparams],
            metric_infos=[
                api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=title)
                for tag, title in metrics.items()
            ],
        )
    )
    return _hparams(metadata.EXPERIMENT_TAG, content)


def session_start(hparams: Mapping[str, float | str]) -> Value:
    """A row of the HParams tab."""
    start = plugin_data_pb2.SessionStartInfo()
    for name, value in hparams.items():
        if isinstance(value, str):
            start.hparams[name].string_value = value
        else:
            start.hparams[name].number_value = value
    return _hparams(metadata.SESSION_START_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_start_info=start))


def session_end(failed: bool) -> Value:
    """The end of that row's run: it failed if it diverged."""
    status = api_pb2.STATUS_FAILURE if failed else api_pb2.STATUS_SUCCESS
    end = plugin_data_pb2.SessionEndInfo(status=status)
    return _hparams(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=end))


def _hparams(tag: str, content: plugin_data_pb2.HParamsPluginData) -> Value:
    content.version = metadata.PLUGIN_DATA_VERSION
    plugin = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content.SerializeToString())
    return Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin), tensor=metadata.NULL_TENSOR)
