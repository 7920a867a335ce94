"""Each script runs as it is and with the constant changed that it names; its numbers are those of numpy and of paper.

Each run is whole, takes about a second, and is kept for all tests of this file.
"""

import ast
import json
import math
import re
import runpy
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from by_numpy import bowl, exact, forward, gradients, softmax
from reading import Log

import torchdemos
from torchdemos.lab.demos.configs import DEMOS
from torchdemos.log.run_folder import EVENT_FILES

ROOT = Path(__file__).parent.parent
NAMES = ("neurons", "learning_rate", "initialization", "loss", "gradient_flow")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")


class Ran(NamedTuple):
    """What a script printed, the names that it left, and where it logs."""

    text: str
    names: dict[str, Any]
    logs: Path

    def row(self, head: str) -> list[float]:
        """The numbers behind `head` in the first line that begins with it."""
        line = next(line.strip() for line in self.text.splitlines() if line.strip().startswith(f"{head} "))
        return [float(number) for number in NUMBER.findall(line.removeprefix(head))]


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`run("loss", SURE="0")` is `python scripts/loss.py` after that constant was changed, in the same folder."""
    folder = tmp_path_factory.mktemp("lessons")

    @cache
    def ran(name: str, **changed: str) -> Ran:
        source = (ROOT / "scripts" / f"{name}.py").read_text()
        for constant, value in changed.items():
            source, found = re.subn(rf"^{constant} = [^#\n]*", f"{constant} = {value}  ", source, flags=re.MULTILINE)
            assert found == 1, constant
        names: dict[str, Any] = {"__name__": "__main__"}
        with chdir(folder), redirect_stdout(StringIO()) as printed:
            exec(compile(source, f"{name}.py", "exec"), names)
        return Ran(printed.getvalue(), names, folder / "logs" / name)

    return ran


def test_every_script_is_run_here() -> None:
    assert {script.stem for script in (ROOT / "scripts").glob("*.py")} == {*NAMES, "run_all"}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_fits_on_two_slides_and_takes_only_public_names(name: str) -> None:
    source = (ROOT / "scripts" / f"{name}.py").read_text()
    assert len(source.splitlines()) <= 70 and "with around(step):" in source
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    (ours,) = (node for node in imports if (node.module or "").startswith("torchdemos"))
    assert ours.module == "torchdemos" and {alias.name for alias in ours.names} <= {*torchdemos.__all__}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_and_its_exhibit_name_each_other(name: str, run: Run) -> None:
    command = name.replace("_", "-")
    look = [f"Look:  torchdemos open logs/{name}", f"The full exhibit:  torchdemos {command}"]
    assert run(name).text.splitlines()[-2:] == look
    assert [demo for demo in DEMOS if f"scripts/{name}.py" in (demo.__doc__ or "")]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_script_prints_fits_a_terminal(name: str, run: Run) -> None:
    lines = run(name).text.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_the_saved_notebook_shows_what_the_script_prints(name: str, run: Run) -> None:
    """Word for word, and number for number but for the last digits, in which machines differ."""
    book = json.loads((ROOT / "docs" / "notebooks" / f"{name}.ipynb").read_text())
    outputs = [output for cell in book["cells"] for output in cell.get("outputs", [])]
    saved = "".join(next(output["text"] for output in outputs if output["output_type"] == "stream"))
    printed = run(name).text.partition("Look:")[0]
    assert NUMBER.sub("#", saved).split() == NUMBER.sub("#", printed).split()


@pytest.mark.parametrize(("digit", "other"), [(3, 8), (4, 9)])
def test_a_neurons_number_is_the_sum_by_hand(digit: int, other: int, run: Run) -> None:
    ran = run("neurons") if digit == 3 else run("neurons", DIGIT=f"{digit}")
    images, labels, hidden = ran.names["images"], ran.names["labels"], ran.names["model"].hidden
    weights, bias = exact(hidden.weight)[ran.names["NEURON"]], exact(hidden.bias)[ran.names["NEURON"]]
    papers = {f"a {kind}": exact(images[labels == kind][0]).ravel() for kind in (digit, other)}
    for head, pixels in (papers | {"blank paper": np.zeros(784)}).items():
        value = pixels @ weights + bias
        assert ran.row(head) == pytest.approx([value, value, max(value, 0)], abs=2e-4)
    bars = dict(re.findall(r" {6}(\d) (#*)$", ran.text, re.MULTILINE))
    assert len(bars) == 10 and max(bars, key=lambda answer: len(bars[answer])) == f"{digit}"
    assert Log(ran.logs / f"digit_{digit}").image_steps("4_pictures/neurons")


@pytest.mark.parametrize("ink", [1, 0.5])
def test_the_pixels_say_which_rate_diverges_and_the_loss_of_each_step(ink: float, run: Run) -> None:
    ran = run("learning_rate") if ink == 1 else run("learning_rate", INK=f"{ink}")
    images, labels = ran.names["images"][:1000], ran.names["labels"][:1000]
    curvature, loss = bowl(ink * exact(images), labels)
    assert NUMBER.findall(ran.text)[:3] == [f"{curvature:.3f}", "2", f"{2 / curvature:.4f}"]
    for share, word in ((0.02, "crawls"), (0.5, "learns"), (0.99, "swings"), (1.05, "diverges")):
        rate = share * 2 / curvature
        losses = [loss(rate, step) for step in (0, 10, 100)]
        assert ran.row(f"{share}") == pytest.approx([rate, 1 - 2 * share, 1 - 2 * share, *losses], rel=0.01, abs=6e-4)
        assert re.search(rf"^{share} .*{word}$", ran.text, re.MULTILINE)
        drawn = Log(ran.logs / f"ink_{ink:g}" / f"{share}").values("1_overview/loss")
        assert len(drawn) == 11 and drawn[::10] == pytest.approx(losses[::2], rel=0.01)


def test_a_rate_just_below_the_limit_no_longer_diverges(run: Run) -> None:
    with pytest.warns(UserWarning, match="0.5 is in use"):
        ran = run("learning_rate", RATES="0.5, 0.999")
    assert "diverges.\n" in ran.text and "0.999 of the predicted limit still learns" in ran.text
    assert (ran.logs / "ink_1" / "0.999").is_dir() and (ran.logs / "ink_1" / "0.5_2").is_dir()


@pytest.mark.parametrize("depth", ["10", "3"])
def test_a_start_keeps_the_signal_that_its_scale_says_and_neurons_apart_if_it_is_random(depth: str, run: Run) -> None:
    ran = run("initialization") if depth == "10" else run("initialization", DEPTH=depth)
    for name, s in {"small": 0.5, "he": 2.0, "large": 8.0}.items():
        _, sums = forward([*ran.names["network"](s)][1:-1:2], ran.names["images"][:500], "relu")
        sizes = [math.sqrt(np.square(each).mean()) for each in sums]
        measured = (sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))
        rule, by_script, last, different = ran.row(name)[:4]
        assert (rule, by_script) == (math.sqrt(s / 2), pytest.approx(measured, abs=0.006)) and len(sizes) == int(depth)
        assert last == pytest.approx(sizes[-1], rel=0.06) and different == 100
        assert measured == pytest.approx(rule, rel=0.1)
    assert ran.row("equal")[:2] == [1, 1] and ran.row("equal")[3] == 1
    assert ran.row("zero") == [0, 0, 0, 1, pytest.approx(math.log(10), abs=1e-3)]
    assert ran.row("he")[4] < 1 and ("nan" in ran.text) == (depth == "10")
    assert len([*(ran.logs / f"depth_{depth}").rglob(EVENT_FILES)]) == 5


@pytest.mark.parametrize("sure", [10, 0])
def test_the_losses_and_their_slopes_are_those_of_paper(sure: int, run: Run) -> None:
    ran = run("loss") if sure == 10 else run("loss", SURE=str(sure))
    truth, even = np.eye(10)[1], math.sqrt(0.9)
    p = softmax(sure * np.eye(10)[0])
    entropy = [math.log(10), even, math.log(math.exp(sure) + 9), np.linalg.norm(p - truth)]
    pull = p - truth
    squares = [0.9, 0.2 * even, np.square(pull).sum(), np.linalg.norm(2 * p * (pull - p @ pull))]
    *numbers, loss, correct = ran.row("squared error")
    assert numbers == pytest.approx(squares, rel=0.01, abs=5e-4)
    assert correct < 15 if sure else correct > 80
    for name in ("cross entropy", "NLL"):
        *numbers, loss, correct = ran.row(name)
        assert numbers == pytest.approx(entropy, rel=0.02) and loss < 0.5 and correct > 80
    assert ran.row("cross entropy") == ran.row("NLL")
    first = Log(ran.logs / f"sure_{sure}" / "cross_entropy").values("1_overview/loss")[0]
    assert first > 9 if sure else first == pytest.approx(math.log(10), abs=1e-5)


@pytest.mark.parametrize("depth", [20, 2])
def test_a_gradient_is_the_product_of_factors(depth: int, run: Run) -> None:
    ran = run("gradient_flow") if depth == 20 else run("gradient_flow", DEPTH=str(depth))
    images, labels = ran.names["images"][:64], ran.names["labels"][:64]
    models = {name: ran.names["network"](kind, s) for name, (kind, _, s) in ran.names["NETWORKS"].items()}
    sigmoid, relu = (gradients(model, images, labels, name) for name, model in models.items())
    for layer in {1, *range(depth, 0, -5)}:
        expected = [n for g in (sigmoid, relu) for n in (g[layer - 1] / g[layer], g[layer - 1], g[layer - 1])]
        assert ran.row(f"{layer}") == pytest.approx(expected, rel=0.01)
    arrives = {name: float(share) for name, share in re.findall(r"^  (\w+) +(\S+) of it", ran.text, re.MULTILINE)}
    assert arrives == pytest.approx({"sigmoid": sigmoid[0] / sigmoid[-2], "relu": relu[0] / relu[-2]}, rel=0.06)
    assert len([*(ran.logs / f"depth_{depth}").rglob(EVENT_FILES)]) == 2


def test_the_script_for_all_of_them_asks_for_the_same_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run_all.py", "--help"])
    with pytest.raises(SystemExit) as exit_:
        runpy.run_path(str(ROOT / "scripts" / "run_all.py"), run_name="__main__")
    assert exit_.value.code == 0 and "All five questions" in capsys.readouterr().out
