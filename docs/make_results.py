"""Write docs/RESULTS.md, the table of everything predicted and measured.

`python docs/make_results.py --data-dir DIR` runs all five demos twice, quick on the embedded digits and `--full` on the
full MNIST in DIR. With folders of runs that have ended, `python docs/make_results.py LOGDIR ...`, it only writes.
"""

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from torchdemos.cli.running import NAMES
from torchdemos.log.run_folder import RESULT

HERE = Path(__file__).parent
COLUMNS = ("claim", "source", "predicted", "measured", "difference", "agrees")
ABOUT = f"""# Predicted and measured

Every claim that the demos make, as `python docs/make_results.py` found it. The prediction is computed before the
measurement and without looking at it; "allowed" is how far the two may lie apart, from the theory or from the published
agreement. Made with seed 0, one thread, Python {platform.python_version()}, PyTorch {torch.__version__.split("+")[0]}
on the CPU; other versions and machines differ in the last digits.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path, metavar="LOGDIR", help="folders that `torchdemos all` wrote")
    parser.add_argument("--data-dir", type=Path, help="the full MNIST")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        runs = given.runs or run_both(Path(scratch), given.data_dir)
        (HERE / "RESULTS.md").write_text("\n".join([ABOUT, *map(section, runs)]))


def run_both(scratch: Path, data_dir: Path | None) -> list[Path]:
    """The quick run and the full run; nothing is checked here, because a claim that fails belongs in the table."""
    folders = {
        scratch / "quick": [],
        scratch / "full": ["--full", *(["--data-dir", str(data_dir)] if data_dir else [])],
    }
    for folder, flags in folders.items():
        command = [sys.executable, "-m", "torchdemos", "all", "--log-dir", str(folder), *flags]
        subprocess.run(command, check=True)
    return list(folders)


def section(run: Path) -> str:
    """One run of all demos: a heading, and a table a demo in the order of the five questions."""
    names = [name for name in NAMES.values() if (run / name / RESULT).is_file()]
    ended = [json.loads((run / name / RESULT).read_text()) for name in names]
    full = any(demo["config"]["full"] for demo in ended)
    data = ended[0]["data"].split(" from ")[0]
    title = f"## `torchdemos all{' --full' if full else ''}`\n\nData: {data}."
    return "\n\n".join([title, *map(table, ended)]) + "\n"


def table(demo: dict) -> str:
    rows = ["| " + " | ".join(str(claim[column]) for column in COLUMNS) + " |" for claim in demo["claims"]]
    head = "| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS)
    return f"### {demo['demo']}\n\n{demo['verdict']}\n\n{head}\n" + "\n".join(rows)


if __name__ == "__main__":
    main()
