"""How a run ends in a terminal: what is printed after the progress bars."""

import pytest

from torchdemos.cli import summary, terminal
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.common_flags import Config

MOST_LINES = 24


def lines(config: Config, result: Answer, width: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on a screen of this width, predictions that fail left out: they are always printed, and come on top."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terminal.console, "_width", width)
        capsys.readouterr()
        summary.show(config, {"demo": result}, {"demo": []}, "torchdemos", "Look at it:  torchdemos open logs/demo/day")
    printed = capsys.readouterr().out.splitlines()
    failing = [claim for claim in result.claims if not claim.holds]
    if failing:
        first = next(number for number, line in enumerate(printed) if line.startswith("NO: "))
        last = next(n for n, line in enumerate(printed) if line.startswith(("The diagnosis", "Try next")))
        del printed[first:last]
    return printed


def assert_fits(config: Config, result: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is printed fits in 24 lines at 80 and at 120 columns."""
    for width in (80, 120):
        shown = lines(config, result, width, capsys)
        assert len(shown) <= MOST_LINES and max(map(len, shown)) <= width, "\n".join(shown)
        assert shown[1] == config.question.partition("?")[0] + "?" and "Look at it:" in shown[-1]
