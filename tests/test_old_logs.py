"""Logs of the code before the house was rebuilt read back, and the same settings log the same tags and numbers today.

`old_logs.tar.gz` holds the event files of the runs below as version 0.1.0 of 2026-11-28 wrote them, one thread, PyTorch
2.14.1, without the pixels of their pictures and the neurons of their snapshots.
"""

import tarfile
from html import unescape
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from torchdemos import Board, every, report, watch
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import gradient_flow, initialization, learning_rate, loss, neurons
from torchdemos.lab.demos.configs import GradientFlow, Initialization, LearningRate, Loss, Neurons
from torchdemos.view import events

pytestmark = pytest.mark.usefixtures("short")
DEMOS = {
    "neurons": (neurons, Neurons(steps=3, batch=8, trials=2)),
    "learning_rate": (learning_rate, LearningRate(steps=4)),
    "initialization": (initialization, Initialization(steps=3, batch=8, width=12, depth=3)),
    "loss": (loss, Loss(steps=3, batch=8)),
    "gradient_flow": (gradient_flow, GradientFlow(steps=3, batch=8, width=12, depth=6, repeats=1)),
}


def train_watched(folder: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(4 * 6 * 6, 8), nn.Sigmoid(), nn.Linear(8, 3)),
    )
    images, labels = torch.randn(6, 16, 1, 8, 8), torch.randint(0, 3, (6, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    around = watch(model, folder, when=every(2), detail="pictures")
    for step in range(6):
        with around(step):
            optimizer.zero_grad()
            cross_entropy(model(images[step]), labels[step]).backward()
            optimizer.step()


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(Path(__file__).with_name("old_logs.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "old_logs"


NEW_TAGS = (
    "5_parameter/", "5_parameter_gradient/", "5_parameter_unchanged/", "2_zero_grad/", "3_ends/",
    "5_parameter_norm_zero/", "5_parameter_grad_norm_zero/", "5_optimizer/", "3_activation_long_dead/",
    "3_activation_equal_units/",
)  # fmt: skip
# How many points do not depend on the processor, which rounds in its own way: beyond its limit a learning rate makes
# another course of each rounding.
SURE = {"2_range_test/loss": 100, "2_range_test/learning_rate_over_limit": 40}
NEW_TEXTS = {"layers", "rows", "feeds", "frozen", "without_gradient", "findings"}


def unchanged(descriptions: dict[str, str]) -> dict[str, str]:
    """Those of tags that are not new since, and their words, but where the meaning has changed: gradients as the step
    took them, and a loss that may be that of any model."""
    new_words = (
        *("2_grad_norm_summary/", "5_parameter_grad_norm_log10/", "1_overview/loss"),
        "3_activation_saturated_units/",  # of more kinds of layers
    )
    old = {tag: words for tag, words in descriptions.items() if not tag.startswith(NEW_TAGS)}
    return {tag: "" if tag.startswith(new_words) else words for tag, words in old.items()}


def assert_logged_alike(old: Path, new: Path) -> None:
    before, after = events.runs(old), events.runs(new)
    assert before.keys() == after.keys() and before
    for name, run in before.items():
        now = after[name]
        assert {tag for tag in now.scalars if not tag.startswith(NEW_TAGS)} == run.scalars.keys(), name
        for tag, points in run.scalars.items():
            assert [step for step, _ in now.scalars[tag]] == [step for step, _ in points], (name, tag)
            told, expected = ([value for _, value in one[: SURE.get(tag)]] for one in (now.scalars[tag], points))
            assert told == pytest.approx(expected, rel=1e-2, abs=1e-2, nan_ok=True), (name, tag)
        for kind in ("pictures", "neurons"):
            seen, is_now = getattr(run, kind), getattr(now, kind)
            assert {tag: [step for step, _ in steps] for tag, steps in is_now.items()} == {
                tag: [step for step, _ in steps] for tag, steps in seen.items()
            }, (name, kind)
        assert now.texts.keys() - NEW_TEXTS == run.texts.keys(), name
        assert unchanged(now.descriptions) == unchanged(run.descriptions), name


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_logs_what_it_logged(name: str, old: Path, tmp_path: Path, digits: Digits) -> None:
    demo, config = DEMOS[name]
    with Board(tmp_path / name) as board:
        demo.run(config, board, digits)
    assert_logged_alike(old / name, tmp_path / name)


def test_a_watched_model_logs_what_it_logged(old: Path, tmp_path: Path) -> None:
    train_watched(tmp_path / "watched")
    assert_logged_alike(old / "watched", tmp_path / "watched")


@pytest.mark.parametrize("name", [*DEMOS, "watched"])
def test_an_old_log_still_makes_a_report(name: str, old: Path) -> None:
    title = report(old / name).html.partition("<title>")[2].partition("</title>")[0]
    assert unescape(title) == (DEMOS[name][1].question if name in DEMOS else "Is watched healthy?")
