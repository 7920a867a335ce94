"""What README shows runs as it stands there."""

import re
from pathlib import Path

import examples
import pytest
from reading import Log

README = Path(__file__).parent.parent / "README.md"


def test_the_snippets_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names, snippets = examples.names(), examples.blocks(README.read_text())
    assert len(snippets) == 1
    for snippet in snippets:
        exec(snippet, names)
    assert Log(tmp_path / "logs" / "mine").steps("2_grad_norm_log10/00_fc1") == [0, 10, 20]


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README.read_text())
    assert pictures and all((README.parent / picture).is_file() for picture in pictures)


def test_what_watching_costs_is_what_was_measured() -> None:
    table = (README.parent / "benchmarks" / "RESULTS.md").read_text()
    row = next(line for line in table.splitlines() if line.startswith("| **torchdemos**, every 10th step |"))
    measured = [100 * (float(ratio) - 1) for ratio in re.findall(r"\| (\d\.\d\d) \[", row)]
    assert len(measured) > 3 and "less than 10 % longer" in README.read_text()
    assert max(measured) < 10
