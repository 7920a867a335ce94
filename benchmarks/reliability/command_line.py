"""Random words, typed to the command as its user runs it: each call is a process of its own, with tiny steps."""

import random
import subprocess
import sys
import tempfile

from torchdemos.cli.parsing import COMMANDS, flag_names

CALLS = 200
PATIENCE = 10  # seconds: what runs longer is stopped, and is no error
VALUES = [
    *("0", "1", "-1", "2.5", "nan", "inf", "1e400", "1e-400", str(2**31), str(2**62), "0x10", "", " ", "-", "=", "--"),
    *(".", "..", "/", "~", "~nobody/x", "no/such", "/dev/null", "ü" * 300, "\x1b[31m", "cpu", "cuda", "he", "{}"),
]


def trial() -> list[tuple[str, int, int]]:
    """What was tried, how often, and how often a traceback was the answer."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        tracebacks = sum(_is_traceback(_typed(rng), folder) for _ in range(CALLS))
    return [("random words typed to the command: tracebacks", CALLS, tracebacks)]


def _typed(rng: random.Random) -> list[str]:
    command = rng.choice([*COMMANDS] * 4 + VALUES)
    flags = flag_names(COMMANDS.get(command, COMMANDS["neurons"]))
    words = [word for _ in range(rng.randrange(4)) for word in (f"--{rng.choice(flags)}", rng.choice(VALUES))]
    tiny = ["--steps", "1"] if "steps" in flags else []
    return [command, *tiny, *words]


def _is_traceback(words: list[str], folder: str) -> bool:
    asked = [sys.executable, "-m", "torchdemos", *words]
    try:
        ended = subprocess.run(asked, cwd=folder, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return False
    return b"Traceback" in ended.stderr + ended.stdout or ended.returncode not in (0, 1, 2, 130, 143)
