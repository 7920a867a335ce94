"""The notebooks in docs/ are what their command makes of the scripts, and their cells run. See also test_scripts.py.

The cells run in this process with few steps, without a kernel: starting one takes seconds.
"""

import json
import re
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

DOCS = Path(__file__).parent.parent / "docs"
NAMES = ("neurons", "learning_rate", "initialization", "loss", "gradient_flow")
LARGEST = 620_000  # bytes


def saved(name: str) -> dict[str, Any]:
    return json.loads((DOCS / "notebooks" / f"{name}.ipynb").read_text())


def code(book: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells that are run: not the first, which installs."""
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert "%pip install" in "".join(cells[0]["source"]) and not cells[0]["outputs"]
    return cells[1:]


@pytest.fixture
def make_notebooks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(DOCS)
    import make_notebooks

    return make_notebooks


def test_there_is_a_notebook_for_each_question(make_notebooks: ModuleType) -> None:
    assert {path.stem for path in (DOCS / "notebooks").glob("*.ipynb")} == {*NAMES} == {*make_notebooks.SHOWN}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_what_its_command_makes(name: str, make_notebooks: ModuleType) -> None:
    made, book = make_notebooks.notebook(name), saved(name)
    without = [cell | ({"outputs": [], "execution_count": None} if "outputs" in cell else {}) for cell in book["cells"]]
    assert book | {"cells": without} == made


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_saved_whole_and_small(name: str) -> None:
    assert (DOCS / "notebooks" / f"{name}.ipynb").stat().st_size < LARGEST
    cells = code(saved(name))
    assert [cell["execution_count"] for cell in cells] == [1, 2, 3, 4, 5, 6]
    kinds = [[output["output_type"] for output in cell["outputs"]] for cell in cells]
    assert kinds == [[], [], ["stream"], ["execute_result"], ["stream"], ["stream"]]
    assert {output.get("name", "stdout") for cell in cells for output in cell["outputs"]} == {"stdout"}
    page = "".join(cells[3]["outputs"][0]["data"]["text/html"])
    assert page.startswith("<iframe srcdoc=") and "data-view=&quot;gradients&quot;" in page


@pytest.mark.parametrize("name", NAMES)
def test_the_cells_of_a_notebook_run(name: str, tmp_path: Path) -> None:
    sources = [re.sub(r"^STEPS = \d+", "STEPS = 2", "".join(cell["source"]), flags=re.M) for cell in code(saved(name))]
    sources = [source.replace("range(100)", "range(2)") for source in sources]
    names: dict[str, Any] = {}
    with chdir(tmp_path), redirect_stdout(StringIO()) as printed:
        for source in sources[:3] + sources[4:]:
            exec(compile(source, name, "exec"), names)
        *lines, last = sources[3].splitlines()
        exec("\n".join(lines), names)
        page = eval(last, names)
    assert page._repr_html_().startswith("<iframe") and repr(page) == "Report()"
    assert len([*(tmp_path / "logs" / name).iterdir()]) == 2 and torch.isfinite(names["loss"])
    assert re.search(r"^loss \d\.\d{3}\n", printed.getvalue(), re.MULTILINE)
