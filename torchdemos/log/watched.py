"""What TensorBoard shows first of a watched model: pinned cards, and the charts of its Custom Scalars tab."""

from torchdemos.log import cards, tags

LAYOUT: dict[str, cards.Charts] = {
    "gradient norm by depth": {
        "all layers, log10": [f"{tags.GRADIENT_NORM}/.*"],
        "median, smallest and largest layer, log10": (
            f"{tags.GRADIENT_SUMMARY}/median",
            f"{tags.GRADIENT_SUMMARY}/min",
            f"{tags.GRADIENT_SUMMARY}/max",
        ),
    },
    "signal by depth": {"standard deviation of every layer": [f"{tags.ACTIVATION_STD}/.*"]},
}


def charts(prefix: str = "") -> dict[str, cards.Charts]:
    """The Custom Scalars tab of a watched model."""
    return {
        category: {
            title: type(chart)(tags.prefixed(prefix, tag) for tag in chart)  # type: ignore[call-arg]
            for title, chart in found.items()
        }
        for category, found in LAYOUT.items()
    }


def pins(prefix: str = "") -> list[cards.Pin]:
    """The cards that show a watched model at a glance; its run is the folder itself."""
    parts = ("first_over_last", "total")
    summary: list[cards.Pin] = [
        ("scalars", tags.prefixed(prefix, f"{tags.GRADIENT_SUMMARY}/{part}"), None) for part in parts
    ]
    bars = (tags.GRADIENT_PROFILE, tags.ACTIVATION_PROFILE)
    return summary + [("histograms", tags.prefixed(prefix, tag), ".") for tag in bars]
