"""Every test runs offline, on one thread, with the embedded digits."""

import os
from collections.abc import Iterator
from functools import partial

import pytest
import torch

from torchdemos.lab import data
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import gradient_cures, initialization, learning_rate
from torchdemos.lab.experiments import catapult, cures, nielsen_gradients, quadratic

# Set for those who have the full MNIST; only the tests that are about it may see it.
FULL_MNIST = os.environ.get("TORCHDEMOS_DATA")


@pytest.fixture(autouse=True, scope="session")
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In an empty folder, where no ./data takes the place of the embedded digits and ./logs is nobody's."""
    os.environ.pop("TORCHDEMOS_DATA", None)  # not sooner: pytest-xdist hands it on to its workers
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(autouse=True, scope="session")
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Each log would take milliseconds to close."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        yield


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Two processes with two threads each on two cores can be a hundred times slower than one thread."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def digits() -> Digits:
    return data.load()


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Experiments that no flag shortens are cut down, where a test is not about their outcome."""
    for name, size in {"DIGITS": 50, "EDGE_DIGITS": 8, "SWEEP_DIGITS": 8, "EDGE_STEPS": 12}.items():
        monkeypatch.setattr(learning_rate, name, size)
    monkeypatch.setattr(learning_rate, "COMPARED_STEPS", 3)
    monkeypatch.setattr(quadratic, "FINAL_RATIO", 2.0)
    monkeypatch.setattr(catapult, "HALVINGS", 2)
    monkeypatch.setattr(initialization, "reasons", lambda *_: iter(()))
    monkeypatch.setattr(nielsen_gradients, "IMAGES", 20)
    monkeypatch.setattr(gradient_cures, "STEPS", 5)
    monkeypatch.setattr(cures, "run", partial(cures.run, draws=2))
