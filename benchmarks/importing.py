"""What importing costs, and asking for help."""

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import tables
from settings import Settings
from timing import quartiles

REPEATS = 7
TITLE = "Imports"
ABOUT = f"""Each in {REPEATS} fresh processes, the first of which is not counted. An import is timed after
`import torch`; `--help` is the whole process, Python's start included."""
STATEMENTS = {"import": "import torchdemos", "watch": "from torchdemos import watch"}
HELP = "torchdemos --help"


def subjects() -> list[str]:
    return [*STATEMENTS, "help"]


def measure(subject: str, settings: Settings) -> dict[str, Any]:
    if subject == "help":
        return {"what": HELP, "seconds": [_help() for _ in range(REPEATS)][1:]}
    statement = STATEMENTS[subject]
    seconds = [_seconds(statement) for _ in range(REPEATS)]
    return {"what": f"{statement}, over import torch", "seconds": seconds[1:]}


def _seconds(statement: str) -> float:
    timed = f"import time, torch; started = time.perf_counter(); {statement}; print(time.perf_counter() - started)"
    return float(_run(timed))


def _help() -> float:
    started = time.perf_counter()
    if "gradient-flow" not in _run("from torchdemos.cli import main; main()", "--help"):
        raise RuntimeError("torchdemos --help does not say what there is")
    return time.perf_counter() - started


def _run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def page(found: Mapping[str, dict[str, Any]]) -> str:
    rows = []
    for part in found.values():
        low, middle, high = (1e3 * seconds for seconds in quartiles(part["seconds"]))
        rows.append([f"`{part['what']}`", tables.spread(low, middle, high, 1)])
    return tables.table(("what", "ms"), rows)
