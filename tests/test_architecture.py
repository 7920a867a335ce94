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
    "lab": "watching hooks diagnosis stats pictures board log",
    # the view
    "view": "diagnosis log",
    "cli": "lab view board log",
    # the front door
    "__init__.py": "watching hooks diagnosis board view",
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


def files(name: str) -> list[Path]:
    """The file behind an imported name: `torchdemos.hooks.layers.select` is in `hooks/layers.py`."""
    place = Path(*name.split(".")[1:])
    candidates = [
        place.with_suffix(".py"),
        place / "__init__.py",
        place.parent.with_suffix(".py") if place.name else place,
    ]
    candidates.append(place.parent / "__init__.py")
    return [path for path in candidates if path in SOURCES][:1]


def own_imports(source: Path) -> set[str]:
    return {name for name in imports(source) if name.startswith("torchdemos.")}


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_file_imports_only_what_its_part_of_the_house_may(source: Path) -> None:
    part = source.parts[0]
    used = {name.split(".")[1] for name in own_imports(source)} - {part}
    assert used <= set(MAY_IMPORT[part].split())


def test_the_table_is_of_this_house() -> None:
    assert {source.parts[0] for source in SOURCES} == set(MAY_IMPORT)
    TopologicalSorter({part: below.split() for part, below in MAY_IMPORT.items()}).prepare()  # raises at a circle


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {source: {file for name in own_imports(source) for file in files(name)} - {source} for source in SOURCES}
    assert sum(map(len, arrows.values())) > 300  # so that the test knows when it follows nothing
    TopologicalSorter(arrows).prepare()


def test_no_package_has_the_name_of_a_public_function() -> None:
    packages = {source.parent.name for source in SOURCES}
    assert packages & {*torchdemos.__all__} == set()


def test_a_test_stands_where_its_source_stands() -> None:
    wings = {source.parts[0] for source in SOURCES if len(source.parts) > 1}
    tests = [path.relative_to(TESTS) for wing in wings for path in (TESTS / wing).rglob("test_*.py")]
    assert len(tests) > 50
    homeless = {test for test in tests if not (ROOT / test.parent / test.name.removeprefix("test_")).exists()}
    assert homeless == set()


def sources_with(*words: str) -> set[str]:
    return {source.parts[0] for source in SOURCES if any(word in (ROOT / source).read_text() for word in words)}


def test_one_package_registers_hooks_and_none_of_the_wrong_kind() -> None:
    assert sources_with("register_") == {"hooks"}
    assert sources_with("retain_grad", "register_full_backward_hook", "register_module") == set()


def test_the_board_writes_for_tensorboard_and_the_view_reads() -> None:
    doors = {source.parts[0] for source in SOURCES if any("tensorboard" in name for name in imports(source))}
    assert doors == {"board", "view"}


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        ("torchdemos", "torch torchvision tensorboard numpy PIL"),
        (
            "torchdemos.log.links torchdemos.log.run_folder torchdemos.log.watched torchdemos.diagnosis",
            "torch tensorboard",
        ),
        ("torchdemos.view.server torchdemos.view.reporting.report torchdemos.view.plugin.tab", "torch torchdemos.lab"),
    ],
)
def test_what_needs_no_torch_loads_none(names: str, absent: str) -> None:
    code = "import sys, importlib; [importlib.import_module(n) for n in sys.argv[1].split()]"
    code += "; print(*set(sys.argv[2].split()) & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", code, names, absent], capture_output=True, text=True, check=True)
    assert found.stdout == "\n"
