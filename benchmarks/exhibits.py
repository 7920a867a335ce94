"""How long each demo takes."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tables
from fresh import POOLS
from settings import Settings

NAMES = ("neurons", "learning-rate", "initialization", "loss", "gradient-flow")
TITLE = "Exhibits"
ABOUT = "Each demo as a command with its defaults, on the CPU, embedded digits or the full MNIST as it finds them."


def subjects() -> list[str]:
    return list(NAMES)


def measure(name: str, settings: Settings) -> dict[str, Any]:
    environment = os.environ | dict.fromkeys(POOLS, str(settings.threads))
    with TemporaryDirectory() as folder:
        before, started = os.times(), time.perf_counter()
        subprocess.run(command(name, Path(folder) / "log"), check=True, capture_output=True, env=environment)
        wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall": wall, "cpu": cpu}


def command(name: str, log: Path) -> list[str]:
    return [sys.executable, "-m", "torchdemos", name, "--device", "cpu", "--log-dir", str(log)]


def page(found: Mapping[str, dict[str, Any]]) -> str:
    rows = [[f"`torchdemos {name}`", f"{part['wall']:.0f} s", f"{part['cpu']:.0f} s"] for name, part in found.items()]
    return tables.table(("command", "wall time", "CPU time"), rows)
