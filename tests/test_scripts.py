"""Each script runs with tiny numbers, and its event files read back. `torchdemos all --check` runs them whole."""

import runpy
import sys
from pathlib import Path

import pytest
from reading import Log

pytestmark = pytest.mark.usefixtures("short")
SCRIPTS = Path(__file__).parent.parent / "scripts"
TINY = {
    "neurons": ["--steps", "2", "--batch", "8", "--trials", "2"],
    "learning_rate": ["--steps", "2"],
    "initialization": ["--steps", "2", "--batch", "8", "--width", "12", "--depth", "3"],
    "loss": ["--steps", "2", "--batch", "8"],
    "gradient_flow": ["--steps", "2", "--batch", "8", "--width", "12", "--depth", "6", "--repeats", "1"],
}


def run(name: str, *arguments: object) -> None:
    """As `python scripts/NAME.py ARGUMENTS`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__")


def test_every_script_is_run_here() -> None:
    assert {script.stem for script in SCRIPTS.glob("*.py")} == {*TINY, "run_all"}


@pytest.mark.parametrize("name", TINY)
def test_a_script_runs_and_its_log_reads_back(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(name, "--log-dir", tmp_path / "run", *TINY[name])
    said = capfd.readouterr()
    assert "torchdemos open" in said.out and not said.err
    assert "?" in Log(tmp_path / "run").text("README").splitlines()[0]
    variants = [path for path in (tmp_path / "run").iterdir() if path.is_dir() and "theory" not in path.name]
    assert 1 < len(variants) <= 8
    for log in map(Log, variants):
        assert log.steps("1_overview/loss") == [0, 1]
        assert set(log.values("final/diverged")) <= {0.0, 1.0}
        assert log.tags("images")


def test_the_script_for_all_of_them_asks_for_the_same_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run("run_all", "--help")
    assert exit_.value.code == 0 and "All five questions" in capsys.readouterr().out
