"""Missions: for each question something to bring about with one's own hands. They are plain data, in `missions.json`.

A teacher's list has the same form. Each mission has a question, a task, a hint, an explanation and a goal; `settings`
are those of the network that it begins with, and `shows` are words about what was reached, with quantities in braces.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from torchdemos.lab.playground.goals import Condition, Stage
from torchdemos.lab.playground.quantities import QUANTITIES, Value
from torchdemos.lab.playground.reach import check_condition, check_stage
from torchdemos.lab.playground.settings import CONTROLS, Settings, check, quoted

MOST_MISSIONS, MOST_STAGES, MOST_CONDITIONS, MOST_CHARACTERS = 50, 20, 20, 2000
MOST_BYTES = 2**20
TEXTS = ("question", "task", "hint", "explanation")
IN_BRACES = re.compile(r"{(.*?)}")


@dataclass(frozen=True)
class Mission:
    """Something to bring about. `settings` are None where it begins with whatever network is there."""

    question: str
    task: str
    hint: str
    explanation: str
    goal: tuple[Stage, ...]
    settings: Settings | None = None
    shows: str = ""


def built_in() -> list[Mission]:
    """The five missions of the project, one for each question."""
    return parse((resources.files("torchdemos.lab.playground") / "missions.json").read_text(encoding="utf-8"))


def read(path: Path) -> list[Mission]:
    """A teacher's list. Raises `OSError` or `ValueError` in a sentence that names the file and the mission."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OSError(error.errno, f"--missions cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # also of bytes that are no UTF-8
        raise ValueError(f"{path} is no list of missions: {error}") from error


def parse(text: str) -> list[Mission]:
    """The missions of a JSON text. Raises `ValueError` in a sentence."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({error})") from error
    return _list(found, MOST_MISSIONS, "mission", _mission)


def _mission(found: Any) -> Mission:
    _keys(found, (*TEXTS, "goal"), ("settings", "shows"))
    texts = {name: _text(name, found[name]) for name in TEXTS}
    shows = _text("shows", found.get("shows", " "))
    for name in IN_BRACES.findall(shows):
        _known("quantity", name, QUANTITIES)
    goal = tuple(_list(found["goal"], MOST_STAGES, "stage of its goal", _stage))
    return Mission(**texts, goal=goal, settings=_settings(found.get("settings")), shows=shows.strip())


def _settings(found: Any) -> Settings | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise ValueError(f'its settings are {quoted(found)}: write them as in {{"depth": 2}}')
    return Settings(**{name: check(name, value) for name, value in found.items()})


def _stage(found: Any) -> Stage:
    _keys(found, ("words", "conditions"))
    conditions = _list(found["conditions"], MOST_CONDITIONS, "condition", _condition)
    check_stage(conditions)
    return Stage(_text("words", found["words"]), tuple(conditions))


def _condition(found: Any) -> Condition:
    _keys(found, ("quantity",), ("at_least", "at_most", "is"))
    name = found["quantity"]
    _known("quantity", name, QUANTITIES)
    if len(found) == 1:
        raise ValueError(f"it asks nothing of {name}: add at_least, at_most or is")
    bounds = {bound: _number(bound, found[bound]) for bound in ("at_least", "at_most") if bound in found}
    values = found.get("is", [])
    values = values if isinstance(values, list) else [values]
    if bounds and values:
        raise ValueError(f"it asks for values of {name} and for bounds: give is, or at_least and at_most")
    condition = Condition(name, **bounds, among=tuple(_value(name, value) for value in values))
    check_condition(condition)
    return condition


def _value(name: str, value: Any) -> Value:
    """A value that a quantity may have: a setting checks its own."""
    if name in CONTROLS:
        checked: Value = check(name, value)
        return checked
    return _number("is", value)


def _list(found: Any, most: int, what: str, parsed: Callable[[Any], Any]) -> list[Any]:
    """One to `most` things, each parsed; what is wrong with one is said with its number."""
    if not isinstance(found, list) or not 1 <= len(found) <= most:
        raise ValueError(f"{quoted(found)} stands where a list of 1 to {most} is expected, of each {what}")
    results = []
    for number, own in enumerate(found, start=1):
        try:
            results.append(parsed(own))
        except ValueError as error:
            raise ValueError(f"{what} {number}: {error}") from error
    return results


def _keys(found: Any, needed: Sequence[str], allowed: Sequence[str] = ()) -> None:
    if not isinstance(found, Mapping):
        raise ValueError(f"{quoted(found)} stands where an object with {', '.join(needed)} is expected")
    for name in found:
        _known("key", name, (*needed, *allowed))
    for name in needed:
        if name not in found:
            raise ValueError(f"it has no {name}")


def _known(what: str, name: Any, names: Collection[str]) -> None:
    if not isinstance(name, str) or name not in names:
        closest = get_close_matches(str(name), names, n=1)
        hint = f"did you mean {closest[0]}?" if closest else f"there are {', '.join(names)}"
        raise ValueError(f"there is no {what} {quoted(name)}; {hint}")


def _text(name: str, found: Any) -> str:
    if not isinstance(found, str) or not 1 <= len(found) <= MOST_CHARACTERS:
        raise ValueError(f"its {name} is {quoted(found)}: write a text of 1 to {MOST_CHARACTERS:,} characters")
    return found


def _number(name: str, found: Any) -> float:
    if not isinstance(found, (int, float)) or isinstance(found, bool) or not abs(found) < 1e300:
        raise ValueError(f"its {name} is {quoted(found)}: give a finite number")
    return float(found)
