"""Three wings over one shared floor, and every arrow points down: the plan of the house, read off its imports."""

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import torchdemos

ROOT = Path(torchdemos.__file__).parent
TESTS = Path(__file__).parent
SOURCES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))

MAY_IMPORT = {  # what each part of the house may import beside itself
    # the shared floor
    "log": "",
    "stats": "",
    "pictures": "",
    "board": "log",
    # the library, for one's own model
    "hooks": "",
    "diagnosis": "",
    "watching": "hooks diagnosis stats pictures board log",
    "integrations": "watching hooks diagnosis board log",
    # the laboratory, on MNIST
    "lab": "steering watching hooks diagnosis stats pictures board log",
    # the view
    "view": "diagnosis log",
    # what touches a training
    "steering": "view watching hooks diagnosis stats pictures board log",
    "cli": "lab steering view diagnosis board log",
    # the front door
    "__init__.py": "lab steering watching hooks diagnosis board view",
    "__main__.py": "cli",
}


@cache
def imports(source: Path) -> set[str]:
    """Full names of all that a file imports, `a.b` for `from a import b`, inside functions too."""
    package = ["torchdemos", *source.parent.parts]
    found = set()
    for node in ast.walk(ast.parse((ROOT / source).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            found |= {".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names}
    return found


def file_of(name: str) -> Path:
    """The file behind an imported name: `torchdemos.hooks.layers.select` is in `hooks/layers.py`."""
    for place in (Path(*name.split(".")[1:]), Path(*name.split(".")[1:-1])):
        for file in (place / "__init__.py", place.parent / f"{place.name}.py"):
            if file in SOURCES:
                return file
    raise LookupError(name)


def own_imports(source: Path) -> set[Path]:
    return {file_of(name) for name in imports(source) if name.startswith("torchdemos.")} - {source}


def part_of(file: Path) -> str:
    return file.parts[0]


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_file_imports_only_what_its_part_of_the_house_may(source: Path) -> None:
    used = {part_of(file) for file in own_imports(source)} - {part_of(source), "__init__.py"}
    assert used <= set(MAY_IMPORT[part_of(source)].split())


def test_the_table_is_of_this_house() -> None:
    assert {part_of(source) for source in SOURCES} == set(MAY_IMPORT)
    TopologicalSorter({part: below.split() for part, below in MAY_IMPORT.items()}).prepare()  # raises at a circle


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {source: own_imports(source) for source in SOURCES if source != Path("__init__.py")}
    assert sum(map(len, arrows.values())) > 300  # so that the test knows when it follows nothing
    TopologicalSorter(arrows).prepare()


def test_no_package_has_the_name_of_a_public_function() -> None:
    packages = {part_of(source) for source in SOURCES}  # one deeper, such as view/live, hides no function
    assert packages & {*torchdemos.__all__} == set()


def test_a_test_stands_where_its_source_stands() -> None:
    wings = {part_of(source) for source in SOURCES if len(source.parts) > 1}
    tests = [path.relative_to(TESTS) for wing in wings for path in (TESTS / wing).rglob("test_*.py")]
    assert len(tests) > 100
    assert [test for test in tests if not has_source(test)] == []


def has_source(test: Path) -> bool:
    """Whether it is named after a file, after a package beside it, or after the package that it stands in."""
    name = test.stem.removeprefix("test_")
    beside = (test.parent / f"{name}.py", test.parent / name / "__init__.py")
    return test.parent.name == name or any(file in SOURCES for file in beside)


def sources_with(*words: str) -> set[str]:
    return {part_of(source) for source in SOURCES if any(word in (ROOT / source).read_text() for word in words)}


def test_one_package_registers_hooks_and_none_of_the_wrong_kind() -> None:
    assert sources_with("register_") == {"hooks"}
    assert sources_with("retain_grad", "register_full_backward_hook", "register_module") == set()


def test_the_board_writes_for_tensorboard_and_the_view_reads() -> None:
    doors = {part_of(source) for source in SOURCES if any("tensorboard" in name for name in imports(source))}
    assert doors == {"board", "view"}


def test_importing_torchdemos_loads_nothing_heavy() -> None:
    heavy = {"torch", "torchvision", "tensorboard", "numpy", "PIL"}
    code = f"import sys, torchdemos; print({heavy} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
