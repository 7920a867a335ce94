"""Our own files are UTF-8 wherever they are read or written: a machine with another locale would garble them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("torchdemos", "benchmarks", "docs", "scripts")
FILES = ("open", "read_text", "write_text", "fdopen", "NamedTemporaryFile", "TemporaryFile")
PROCESSES = ("run", "Popen", "check_output")
NO_TEXT = ("os", "Image", "webbrowser", "tarfile", "gzip", "zipfile")  # what their `open` opens


def without_encoding(code: str) -> list[ast.Call]:
    """The calls that read or write text in whatever encoding the machine has."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return [call for call in calls if is_of_text(call) and "encoding" not in [keyword.arg for keyword in call.keywords]]


def is_of_text(call: ast.Call) -> bool:
    owner, name = names(call.func)
    if name in PROCESSES:
        return "text" in [keyword.arg for keyword in call.keywords]
    return name in FILES and owner not in NO_TEXT and not any(map(is_mode_of_bytes, values(call)))


def names(function: ast.expr) -> tuple[str, str]:
    """`("webbrowser", "open")` of `webbrowser.open`, `("", "open")` of `open`."""
    if isinstance(function, ast.Attribute):
        return ast.unparse(function.value), function.attr
    return "", ast.unparse(function)


def values(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def is_mode_of_bytes(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in ("rb", "wb", "xb", "ab", "r+b", "rb+", "w+b", "wb+")


@pytest.mark.parametrize("folder", FOLDERS)
def test_text_is_read_and_written_as_utf_8(folder: str) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py")}
    found = [f"{path}:{call.lineno}" for path, code in sources.items() for call in without_encoding(code)]
    assert sources and found == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("path.read_text()", 1),
        ("open(path)", 1),
        ("path.open('w')", 1),
        ("subprocess.run(command, text=True)", 1),
        ("path.write_text(words, encoding='utf-8')", 0),
        ("open(path, 'rb')", 0),
        ("path.open(mode='xb')", 0),
        ("Image.open(path)", 0),
    ],
)
def test_a_call_without_encoding_is_noticed(code: str, found: int) -> None:
    assert len(without_encoding(code)) == found
