"""Where the reader's guesses come from: asked at the terminal, or read from a file of answers."""

import json
import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from torchdemos.cli import terminal
from torchdemos.lab.demos.common_flags import ASK
from torchdemos.lab.demos.guess import Question

Asked = Mapping[str, Sequence[Question]]
"""The questions of each demo, by what it asks itself."""
NOT_A_NUMBER = "  That is not a number: type one such as 0.05, 1/4 or 1e-3, or press Enter to skip."
UNASKED = "--predict asks nothing here, because there is no terminal: give it a file of answers.\n"


def guesses(source: Path | None, asked: Asked) -> dict[str, float]:
    """The guesses by the keys of their questions.

    Raises `ValueError` or `OSError` in a sentence for a file that does not hold answers to these questions.
    """
    if source is None:
        return {}
    if source != ASK:
        return read(source, [question.key for questions in asked.values() for question in questions])
    if terminal.is_interactive():
        return ask(asked)
    terminal.say(UNASKED)
    return {}


# At the terminal.


def ask(asked: Asked) -> dict[str, float]:
    """Ask every question once; at the end of the input the rest is skipped."""
    found: dict[str, float] = {}
    terminal.tell("What do you predict? A rough number will do; Enter skips a question.")
    for heading, questions in asked.items():
        if len(asked) > 1:
            terminal.say(f"\n{heading}", style="bold")
        for question in questions:
            terminal.say("")
            terminal.tell(question.text)
            typed = _ask(question)
            if typed is None:
                return found
            found |= {question.key: number(typed)} if typed else {}
    terminal.say("")
    return found


def _ask(question: Question) -> str | None:
    """What was typed: a number, or nothing to skip it; None at the end of the input."""
    while typed := terminal.ask("> "):
        typed = typed.strip().removesuffix("%" if question.about.endswith("%") else "").strip()
        if not typed or math.isfinite(number(typed)):
            return typed
        terminal.say(NOT_A_NUMBER, wrap=False)
    return typed


def number(typed: str) -> float:
    """The number in `0.05`, `1/4` or `10^-3`; NaN if there is none."""
    try:
        if "/" in typed:
            above, below = map(float, typed.split("/"))
            return above / below
        if "^" in typed:
            base, exponent = map(float, typed.split("^"))
            return math.pow(base, exponent)
        return float(typed)
    except (ValueError, ArithmeticError):
        return math.nan


# From a file.


def read(path: Path, keys: Sequence[str]) -> dict[str, float]:
    """The answers in a JSON file, `{"edge": 0.05}`; null skips a question."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OSError(error.errno, f"--predict cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: write answers as in {_example(keys)}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no answers by the names of their questions: write them as in {_example(keys)}")
    for key in found:
        if key not in keys:
            closest = get_close_matches(key, keys, n=1)
            hint = f"did you mean {closest[0]}?" if closest else f"the questions are {', '.join(keys)}"
            raise ValueError(f"{path} answers {key}, which is not asked; {hint}")
    return {key: _finite(path, key, value) for key, value in found.items() if value is not None}


def _finite(path: Path, key: str, value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value)
    raise ValueError(
        f"{path} answers {key} with {json.dumps(value)[:40]}: give a finite number, or null to skip the question"
    )


def _example(keys: Sequence[str]) -> str:
    return json.dumps(dict.fromkeys(keys[:1], 0.5))
