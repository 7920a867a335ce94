"""The notebook in docs/ runs from top to bottom and leaves nothing behind."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parent.parent / "docs" / "first_look.ipynb"
TENSORBOARD = Path(sys.executable).with_name("tensorboard")

nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
nbclient = pytest.importorskip("nbclient", reason="the extra 'notebook' is not installed")
pytest.importorskip("ipykernel", reason="the extra 'notebook' is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """The executed cells of code. %tensorboard notes its server in the temporary folder, by which we stop it."""
    folder = tmp_path_factory.mktemp("notebook")
    ours = {"TMPDIR": str(folder), "OMP_NUM_THREADS": "1", "TENSORBOARD_BINARY": str(TENSORBOARD)}
    before = {name: os.environ.get(name) for name in ours}
    os.environ |= ours
    try:
        book = nbformat.read(NOTEBOOK, as_version=4)
        nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        for note in folder.glob(".tensorboard-info/pid-*.info"):
            os.kill(int(note.stem.removeprefix("pid-")), signal.SIGTERM)
    yield [cell for cell in book.cells if cell.cell_type == "code"]


def shown(cell: Any) -> str:
    return "".join(str(output.get("text", "")) + str(output.get("data", "")) for output in cell.outputs)


def test_the_committed_notebook_has_no_outputs() -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in book.cells if cell.cell_type == "code")


def test_the_network_learns_and_nothing_is_found_wrong(cells: list[Any]) -> None:
    said = shown(cells[1])
    loss = float(said.split("loss of the last batch: ")[1].split("\n")[0].split("'")[0].split("\\")[0])
    assert loss < 1 and "[]" in said


def test_the_report_is_shown_inline(cells: list[Any]) -> None:
    frame = cells[2].outputs[0].data["text/html"]
    assert frame.startswith("<iframe srcdoc=") and "Is first_look healthy?" in frame
    assert "data-view=&quot;neurons&quot;" in frame and "data-view=&quot;gradients&quot;" in frame


def test_tensorboard_starts(cells: list[Any]) -> None:
    assert "tensorboard-frame" in shown(cells[3])
