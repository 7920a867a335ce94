"""Each script runs with tiny numbers, and its event files read back."""

import subprocess
import sys
from pathlib import Path

import pytest
from reading import Log

SCRIPTS = Path(__file__).parent.parent / "scripts"
TINY = {
    "neurons": ["--steps", "2", "--batch", "8"],
    "gradient_flow": ["--steps", "2", "--batch", "8", "--width", "12", "--depth", "6", "--repeats", "1"],
}


def test_every_script_is_run_here() -> None:
    assert {script.stem for script in SCRIPTS.glob("*.py")} == set(TINY)


@pytest.mark.parametrize("name", TINY)
def test_a_script_runs_and_its_log_reads_back(name: str, tmp_path: Path) -> None:
    command = [sys.executable, SCRIPTS / f"{name}.py", "--log-dir", tmp_path / "run", *TINY[name]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "torchdemos open" in ended.stdout and not ended.stderr
    assert "What is" in Log(tmp_path / "run").text("README")
    for run in [path for path in (tmp_path / "run").iterdir() if path.is_dir() and "theory" not in path.name]:
        log = Log(run)
        assert log.steps("1_overview/loss") == [0, 1]
        assert set(log.values("final/diverged")) <= {0.0, 1.0}
        assert log.tags("images")
