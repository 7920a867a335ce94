"""What a log tells of a watched model's layers in words: a text with a line for each layer, such as `03_fc1`."""

from collections.abc import Mapping, Sequence

KINDS = "layers"  # what each layer is, as in `Linear 20 → 64`, which one called `0` does not tell by its name
FEEDS = "feeds"  # the layers with parameters whose output each of them is given
ROWS = "rows"  # how many rows of units each gave at most in one look
FROZEN = "frozen"  # the parameters that require no gradient
WITHOUT_GRADIENT = "without_gradient"  # those that require one and got none
SILENT = "silent"  # the layers that gave no activation
START = "* "
NONE = "none"


def text(entries: Mapping[str, str]) -> str:
    """A list of names, and what is to be said of each."""
    return "\n".join(f"{START}{name}: {words}" for name, words in entries.items())


def entries(words: str) -> dict[str, str]:
    """What is said of each name, out of that list; empty for any other text."""
    lines = [line.removeprefix(START).split(": ", 1) for line in words.splitlines() if line.startswith(START)]
    return {line[0]: line[1] for line in lines if len(line) == 2}


def sentence(what: str, names: Sequence[str]) -> str:
    """`Parameters that require no gradient: head.weight, head.bias.`"""
    return f"{what}: {', '.join(names) or NONE}."


def names(words: str) -> list[str]:
    """The names in such a sentence, whatever comes after it."""
    listed = words.partition(": ")[2].partition(". ")[0].removesuffix(".")
    return listed.split(", ") if listed not in ("", NONE) else []
