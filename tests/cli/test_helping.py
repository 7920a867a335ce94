"""What `--help` prints fits into a terminal of 80 columns."""

import pytest

from torchdemos import cli
from torchdemos.cli import helping
from torchdemos.cli.parsing import COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_line_of_help_is_wider_than_the_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main([*filter(None, [command]), "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == 80 and lines[0].startswith(f"usage: torchdemos {command}".rstrip())
    assert not any(line.rstrip(" │").endswith("1,") for line in lines)


def test_boxes_stay_and_a_word_stands_for_all_commands() -> None:
    box, usage = f"│ {'x' * 90} │\n", f"usage: torchdemos [-h] {{{'a,b' * 30}}}\n"
    assert helping.fitted(f"{usage}{box}one two", 80) == f"usage: torchdemos [-h] COMMAND\n{box}one two"
    assert helping.fitted("one two three\n", 8) == "one two\nthree\n"
