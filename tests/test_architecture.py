"""Every arrow points down: the floors of the house, read off its imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import torchdemos

ROOT = Path(torchdemos.__file__).parent
SOURCES = {path.relative_to(ROOT.parent): path for path in ROOT.rglob("*.py")}
FLOORS = [  # a room imports from the floors below its own, and from itself
    "layers nested surroundings web",
    "board by_hand chain_rule claims data diagnosis digits ensembles events hooks inits losses models pictures "
    "profiles ranks sharpness snapshot stats theory training",
    "evidence run_folder seen",
    "before chosen dead_units",
    "parts",
    "look portrait",
    "entries page plugin",
    "around",
    "watching",
    "integrations",
    "experiments",
    "demos",
    "terminal server",
    "running",
    "cli",
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms.split()}


def imports(path: Path) -> set[str]:
    """Full names of all that a file imports, `a.b` for `from a import b`, inside functions too."""
    package = list(path.relative_to(ROOT.parent).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            found |= {".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names}
    return found


def room(name: str) -> str:
    return name.split(".")[1]


@pytest.mark.parametrize("source", [s for s in SOURCES if s != Path("torchdemos/__init__.py")], ids=str)
def test_a_room_imports_only_what_lies_below_it(source: Path) -> None:
    own = source.with_suffix("").parts[1]
    used = {room(name) for name in imports(SOURCES[source]) if name.startswith("torchdemos.")} - {own}
    assert {name for name in used if FLOOR[name] >= FLOOR[own]} == set()


def sources_with(*words: str) -> set[str]:
    return {s.as_posix() for s, path in SOURCES.items() if any(word in path.read_text() for word in words)}


def test_one_file_registers_hooks_and_none_of_the_wrong_kind() -> None:
    assert sources_with("register_") == {"torchdemos/hooks.py"}
    assert sources_with("retain_grad", "register_full_backward_hook", "register_module") == set()


def test_the_board_is_the_only_door_to_tensorboard() -> None:
    doors = {s.parts[1] for s, path in SOURCES.items() if any("tensorboard" in name for name in imports(path))}
    assert doors == {"board", "events.py", "plugin", "server.py"}


def test_importing_torchdemos_loads_nothing_heavy() -> None:
    heavy = {"torch", "torchvision", "tensorboard", "numpy", "PIL"}
    code = f"import sys, torchdemos; print({heavy} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
