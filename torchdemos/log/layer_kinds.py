"""What each layer of a watched model is, as in `Linear 20 → 64`, which a layer called `0` does not tell by its name."""

from collections.abc import Mapping

TAG = "layers"
START = "* "


def text(kinds: Mapping[str, str]) -> str:
    """A list of numbered layers, such as `03_fc1`, and what each is."""
    return "\n".join(f"{START}{layer}: {kind}" for layer, kind in kinds.items())


def kinds(words: str) -> dict[str, str]:
    """What each layer is, out of that list; empty for any other text."""
    lines = [line.removeprefix(START).split(": ", 1) for line in words.splitlines() if line.startswith(START)]
    return {line[0]: line[1] for line in lines if len(line) == 2}
