"""Functions called in a fresh process, so that one measurement leaves nothing behind for the next."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# Otherwise glibc returns the memory of large activations to the system in every step, which changes a step by a tenth.
STEADY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)}
QUIET = {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "PYTHONWARNINGS": "ignore", "TQDM_DISABLE": "1"}


def call(module: str, function: str, threads: int, *arguments: Any, steady: bool = True) -> Any:
    """What `module.function(*arguments)` returns in a process of its own with `threads` threads, as plain JSON.

    Raises `RuntimeError` with the end of what the process said if it fails.
    """
    environment = os.environ | QUIET | dict.fromkeys(POOLS, str(threads)) | (STEADY if steady else {})
    with TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        question = json.dumps([str(answer), module, function, arguments])
        done = subprocess.run(
            [sys.executable, __file__, question],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        if done.returncode or not answer.exists():
            raise RuntimeError(f"{module}.{function}: {(done.stderr or done.stdout).strip()[-2000:]}")
        return json.loads(answer.read_text(encoding="utf-8"))


def main() -> None:
    answer, module, function, arguments = json.loads(sys.argv[1])
    found = getattr(import_module(module), function)(*arguments)
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
