"""Write every number that docs/ shows: RESULTS.md, all that was predicted and measured, and the tables of the pages.

`python docs/make_results.py --data-dir DIR` runs all five demos twice, quick on the embedded digits and `--full` on the
full MNIST in DIR, and then all commands below "What to try next" (see what_to_try.py). With folders of runs that have
ended, `python docs/make_results.py LOGDIR ...`, it only writes RESULTS.md.
"""

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import what_to_try

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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path, metavar="LOGDIR", help="folders that `torchdemos all` wrote")
    parser.add_argument("--data-dir", type=Path, help="the full MNIST")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        runs = given.runs or run_both(Path(scratch), given.data_dir)
        (HERE / "RESULTS.md").write_text("\n".join([ABOUT, *map(section, runs)]), encoding="utf-8")
        if not given.runs:
            what_to_try.write_all(Path(scratch))


def run_both(scratch: Path, data_dir: Path | None) -> list[Path]:
    """The quick run and the full run; nothing is checked here, because a claim that fails belongs in the table."""
    quick, full = scratch / "quick", scratch / "full"
    what_to_try.run_on_embedded_digits(["all"], quick)
    data = ["--data-dir", str(data_dir)] if data_dir else []
    subprocess.run([sys.executable, "-m", "torchdemos", "all", "--log-dir", str(full), "--full", *data], check=True)
    return [quick, full]


def section(run: Path) -> str:
    """One run of all demos: a heading, and a table a demo in the order of the five questions."""
    names = [name for name in NAMES.values() if (run / name / RESULT).is_file()]
    ended = [json.loads((run / name / RESULT).read_text(encoding="utf-8")) for name in names]
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
