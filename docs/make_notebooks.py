"""Make the five notebooks of docs/notebooks from the five scripts, and save what they print and show.

`python docs/make_notebooks.py [NAME ...]` needs the extra `notebook` and takes two minutes. A script's docstring gives
the words: the question, what to predict, which number to change, and what is then seen.
"""

import ast
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
SCRIPTS, NOTEBOOKS = HERE.parent / "scripts", HERE / "notebooks"
SHOWN = {  # the folder of the first run
    "neurons": "digit_3",
    "learning_rate": "ink_1",
    "initialization": "depth_10",
    "loss": "sure_10",
    "gradient_flow": "depth_20",
}
INSTALL = """\
# In a clone of the repository: %pip install --quiet ../..
%pip install --quiet torchdemos"""
SEE = """\
## See

This is the page that `torchdemos report` writes. It is live: scroll, point at a curve, play the steps, and where
neurons are drawn, click one."""
OTHER_WAY = """\
{seen}

Both runs lie side by side in `{logs}`: `report("{logs}")` shows them in one page. Where TensorBoard can be reached,
it is the other way to look:

```
%load_ext tensorboard
%tensorboard --logdir {logs}
```"""
OWN = """\
## Your own model

Put your model, your data and your loss into this loop. It is plain PyTorch but for `watch` and `around`, and it ends
with what is found wrong. `report("logs/own")` shows the page."""
OWN_LOOP = """\
torch.manual_seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 50), nn.Tanh(), nn.Linear(50, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
around = watch(model, "logs/own")
for step in range(100):
    batch = torch.randint(len(images), (64,))
    with around(step):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        around.loss(loss)
print(f"loss {loss:.3f}", *around.findings() or ["nothing is found wrong"], sep="\\n")"""
FORMAT = {"nbformat": 4, "nbformat_minor": 5}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Lesson:
    """What a script says, sentence by sentence, and does, part by part."""

    question: str
    about: str
    predict: str
    constant: str
    value: str
    seen: str
    setting: str
    training: str
    numbers: str


def read(name: str) -> Lesson:
    """Take a script apart: its docstring at "Predict first:" and "Then change", its code at the marks `# %%`."""
    source = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
    first, rest = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")
    question, answer = first.split("? ", 1)
    about, predict, change = re.split(r" Predict first: | Then change ", rest.replace("\n", " "), maxsplit=2)
    constant, value, seen = re.fullmatch(r"(\w+) to ([\d.]+): (.*)", change).groups()  # type: ignore[union-attr]
    setting, training, numbers = (part.strip() for part in re.split(r"# %% .*\n", source.split('"""\n', 1)[1]))
    numbers = numbers[: numbers.rindex("\nprint(")]  # the last line says how to look, and a notebook shows
    about = f"{answer}\n\n{about}"
    return Lesson(f"{question}?", about, capital(predict), constant, value, seen, setting, training, numbers)


def capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def cells(name: str) -> list[tuple[str, str]]:
    """A notebook as pairs of a kind ("markdown", "code", or "install" for code that is not run here) and a text."""
    lesson, logs = read(name), f"logs/{name}"
    change = f"`{lesson.constant} = {lesson.value}`"
    return [
        ("markdown", f"# {lesson.question}\n\n{lesson.about}"),
        ("install", INSTALL),
        ("markdown", f"## Predict\n\n{lesson.predict} Write your answer down before you run the cells."),
        ("code", lesson.setting),
        ("code", lesson.training),
        ("markdown", "## Run"),
        ("code", lesson.numbers),
        ("markdown", SEE),
        ("code", f'from torchdemos import report\n\nreport("{logs}/{SHOWN[name]}")'),
        ("markdown", f"## Change one number\n\nPredict again: what will be different with {change}?"),
        ("code", f"{lesson.constant} = {lesson.value}\n\n{lesson.numbers}"),
        ("markdown", OTHER_WAY.format(seen=f"With {change}: {lesson.seen}", logs=logs)),
        ("markdown", OWN),
        ("code", OWN_LOOP),
    ]


def notebook(name: str) -> dict[str, Any]:
    """The notebook without outputs, in the format 4.5."""
    return {"cells": [_cell(i, *cell) for i, cell in enumerate(cells(name))], "metadata": METADATA} | FORMAT


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    cell = {"id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
    if kind == "markdown":
        return cell | {"cell_type": "markdown"}
    skipped = {"metadata": {"tags": ["skip-execution"]}} if kind == "install" else {}
    return cell | {"cell_type": "code", "execution_count": None, "outputs": []} | skipped


def run(book: dict[str, Any]) -> dict[str, Any]:
    """The notebook with its outputs, run in an empty folder."""
    import nbclient
    import nbformat

    with TemporaryDirectory() as folder:
        read, place = nbformat.reads(json.dumps(book), as_version=4), {"metadata": {"path": folder}}
        plain = {"record_timing": False, "coalesce_streams": True}
        done = nbclient.NotebookClient(read, timeout=300, resources=place, **plain).execute()
        return json.loads(nbformat.writes(done)) | {"metadata": METADATA}  # less the version of Python


def main(names: list[str]) -> None:
    NOTEBOOKS.mkdir(exist_ok=True)
    for name in names or SHOWN:
        path = NOTEBOOKS / f"{name}.ipynb"
        path.write_text(json.dumps(run(notebook(name)), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
