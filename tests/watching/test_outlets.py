"""What becomes of a look: findings are in the log as a text, and muted ones nowhere."""

from pathlib import Path

import pytest
import torch
from reading import Log
from small import small
from torch import nn

from torchdemos import every, watch
from torchdemos.watching.steps import Watch


def trained(around: Watch, model: nn.Module, steps: int = 4) -> None:
    """A network that begins with zeros, and stays so."""
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    for step in range(steps):
        with around(step):
            model(torch.arange(24.0).view(4, 6) / 24).square().sum().backward()
            optimizer.step()


def test_findings_are_a_text_of_the_log_once_they_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = small()
    trained(watch(model, tmp_path / "run", every(1)), model)
    assert Log(tmp_path / "run").text("findings").startswith("**equal units** (error, ")
    assert "equal units" in capsys.readouterr().err


def test_muted_findings_are_told_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = small()
    around = watch(model, tmp_path / "run", every(1), muted=["equal units", "dead units", "gradient cut off"])
    trained(around, model)
    assert around.findings() == [] and not capsys.readouterr().err


def test_what_else_is_known_lets_the_rules_say_more() -> None:
    around = watch(small())
    assert around.findings([-1.0, -1.0]) == []
    assert [finding.kind for finding in around.findings([-1.0, -1.0], loss_minimum=0.0)] == ["loss below its minimum"]
