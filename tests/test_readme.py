"""What README shows runs as it stands there."""

import re
from pathlib import Path

import pytest
import torch
from reading import Log
from torch import nn
from torch.nn.functional import cross_entropy

README = Path(__file__).parent.parent / "README.md"


def test_the_snippets_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    model = nn.Sequential()
    model.add_module("fc1", nn.Linear(4, 3))
    inputs, targets = torch.randn(8, 4), torch.randint(0, 3, (8,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    names = {"model": model, "loss_fn": cross_entropy, "optimizer": optimizer, "inputs": inputs, "targets": targets}
    names["loader"] = [(inputs, targets)] * 25
    snippets = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len(snippets) == 2
    for snippet in snippets:
        exec(snippet, names)
    assert Log(tmp_path / "logs" / "mine").steps("2_grad_norm_log10/00_fc1") == [0, 10, 20]


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README.read_text())
    assert len(pictures) == 3 and all((README.parent / picture).is_file() for picture in pictures)
