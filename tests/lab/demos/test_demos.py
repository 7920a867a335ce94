"""Each demo runs from its command with tiny numbers, and its event files read back. `all --check` runs them whole."""

from pathlib import Path

import pytest
from reading import Log

from torchdemos import cli
from torchdemos.lab.demos.configs import DEMOS

pytestmark = pytest.mark.usefixtures("short")
TINY = {
    "neurons": ["--steps", "2", "--batch", "8", "--trials", "2"],
    "learning-rate": ["--steps", "2"],
    "initialization": ["--steps", "2", "--batch", "8", "--width", "12", "--depth", "3"],
    "loss": ["--steps", "2", "--batch", "8"],
    "gradient-flow": ["--steps", "2", "--batch", "8", "--width", "12", "--depth", "6", "--repeats", "1"],
}


def test_every_demo_is_run_here() -> None:
    assert len(TINY) == len(DEMOS)


@pytest.mark.parametrize("name", TINY)
def test_a_demo_runs_and_its_log_reads_back(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cli.main([name, "--log-dir", str(tmp_path / "run"), *TINY[name]])
    said = capfd.readouterr()
    assert "torchdemos open" in said.out and not said.err
    assert "?" in Log(tmp_path / "run").text("README").splitlines()[0]
    variants = [path for path in (tmp_path / "run").iterdir() if path.is_dir() and "theory" not in path.name]
    assert 1 < len(variants) <= 8
    for log in map(Log, variants):
        assert log.steps("1_overview/loss") == [0, 1]
        assert set(log.values("final/diverged")) <= {0.0, 1.0}
        assert log.tags("images")
