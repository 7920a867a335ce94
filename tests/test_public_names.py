"""Every public name explains itself: its docstring has an example, and each example runs as printed."""

import inspect
from pathlib import Path

import examples
import pytest

import torchdemos


@pytest.mark.parametrize("name", torchdemos.__all__)
def test_the_examples_of_a_public_name_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = examples.blocks(inspect.getdoc(getattr(torchdemos, name)) or "")
    assert found, f"the docstring of {name} has no ```python block"
    for number, example in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        exec(compile(example, f"<example of {name}>", "exec"), examples.names())
