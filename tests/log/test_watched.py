"""What TensorBoard shows first of a watched model."""

from torchdemos.log import watched


def test_charts_and_cards_of_a_named_model_have_its_prefix() -> None:
    charts = [chart for category in watched.charts("generator").values() for chart in category.values()]
    assert charts and all(tag.startswith("generator_") for chart in charts for tag in chart)
    assert all(tag.startswith("generator_") for _, tag, _ in watched.pins("generator"))


def test_a_band_stays_a_band_and_lines_stay_lines() -> None:
    plain, prefixed = watched.charts(), watched.charts("generator")
    kinds = [
        [type(chart) for category in charts.values() for chart in category.values()] for charts in (plain, prefixed)
    ]
    assert kinds[0] == kinds[1] and {tuple, list} == {*kinds[0]}
