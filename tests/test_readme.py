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
    assert len(snippets) == 2
    for snippet in snippets:
        exec(snippet, names)
    assert Log(tmp_path / "logs" / "mine").steps("2_grad_norm_log10/00_fc1") == [0, 10, 20]


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README.read_text())
    assert pictures and all((README.parent / picture).is_file() for picture in pictures)
