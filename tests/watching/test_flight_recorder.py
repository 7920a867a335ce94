"""The steps before something happened are in the log, each once."""

import copy
import math
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from reading import Log
from small import small, train
from torch import nn

from torchdemos import Board, every, watch
from torchdemos.log import tags
from torchdemos.watching.steps import Watch

TOTAL = f"{tags.GRADIENT_SUMMARY}/total"


def step_of(around: Watch, model: nn.Module, step: int, loss: float = 1.0) -> None:
    with around(step):
        train(model)
        around.loss(loss)


def logged(folder: Path) -> list[int]:
    """The steps of the looks that a folder holds, in the order of the file."""
    steps = Log(folder).steps(tags.LOSS)
    assert len(set(steps)) == len(steps)
    return steps


@pytest.fixture(autouse=True)
def _sigterm_as_it_was() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_nothing_more_is_written_while_all_is_well(tmp_path: Path) -> None:
    model = small()
    with watch(model, tmp_path / "mine", when=every(10), recorder=8) as around:
        for step in range(25):
            step_of(around, model, step)
    assert logged(tmp_path / "mine") == [0, 10, 20]
    assert around.last and around.last.step == 24 and len(around.history.steps) == 25


def test_a_loss_that_spikes_writes_the_steps_before_it(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", when=every(50), recorder=4)
    for step in range(78):
        step_of(around, model, step, 100.0 if step == 75 else 1 + step % 3)
    assert logged(tmp_path / "mine") == [0, 50, 72, 73, 74, 75]
    assert Log(tmp_path / "mine").values(tags.LOSS)[-1] == 100


def test_nan_writes_the_steps_before_it_and_none_again(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", when=every(10), recorder=4, alert=None)
    for step in range(17):
        step_of(around, model, step, math.nan if step >= 12 else 1.0)
    assert logged(tmp_path / "mine") == [0, 10, 8, 9, 11, 12]


def test_what_the_recorder_writes_is_what_a_look_writes(tmp_path: Path) -> None:
    logs = []
    for name, when in (("looks", every(1)), ("recorder", every(50))):
        model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(0.1)
            model[2].bias.zero_()
        around = watch(model, tmp_path / name, when=when, recorder=9 if name == "recorder" else 0, alert=None)
        for step in range(4):
            step_of(around, model, step)
            if step == 2:
                with torch.no_grad():
                    model[0].weight[0, 0] = math.nan
        logs.append(Log(tmp_path / name))
    looks, recorder = logs
    assert set(recorder.tags()) == set(looks.tags())
    for tag in looks.tags():
        assert recorder.steps(tag) == looks.steps(tag)
        for ours, theirs in zip(recorder.values(tag), looks.values(tag), strict=True):
            assert ours == theirs or not (math.isfinite(ours) or math.isfinite(theirs)), tag
    assert recorder.text("layers") == looks.text("layers")


def test_an_exception_writes_the_steps_before_it(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", recorder=4)
    for step in range(6):
        step_of(around, model, step)
    with pytest.raises(ZeroDivisionError), around(6):
        train(model)
        1 / 0  # noqa: B018
    assert logged(tmp_path / "mine") == [0, 2, 3, 4, 5]
    assert not any(module._forward_hooks for module in model.modules())


def test_an_exception_that_leaves_the_watch_writes_too(tmp_path: Path) -> None:
    model = small()
    with pytest.raises(ZeroDivisionError), watch(model, tmp_path / "mine", recorder=4) as around:
        for step in range(3):
            around.begin(step)
            train(model)
            around.loss(1.0)
            if step == 2:
                1 / 0  # noqa: B018
            around.end()
    assert logged(tmp_path / "mine") == [0, 1]


def test_a_step_that_is_given_up_is_no_exception(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", recorder=4)
    for step in range(3):
        step_of(around, model, step)
    around.begin(3)
    around.cancel()
    assert logged(tmp_path / "mine") == [0]
    around.write_recorded()
    assert logged(tmp_path / "mine") == [0, 1, 2]


def test_sigterm_writes_the_steps_before_it_and_does_what_it_did(tmp_path: Path) -> None:
    got: list[int] = []
    theirs: Callable[..., Any] = lambda number, frame: got.append(number)  # noqa: E731
    signal.signal(signal.SIGTERM, theirs)
    model = small()
    with watch(model, tmp_path / "mine", recorder=2) as around:
        for step in range(6):
            step_of(around, model, step)
        os.kill(os.getpid(), signal.SIGTERM)
        assert got == [signal.SIGTERM] and logged(tmp_path / "mine") == [0, 4, 5]
    assert signal.getsignal(signal.SIGTERM) is theirs


def test_sigterm_is_left_alone_without_a_recorder(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    around = watch(small(), tmp_path / "mine")
    assert signal.getsignal(signal.SIGTERM) is before and around.last is None


def test_a_log_that_cannot_be_written_any_more_ends_no_training(tmp_path: Path) -> None:
    model = small()
    with Board(tmp_path / "mine") as board:
        around = watch(model, board, when=every(10), recorder=4)
        for step in range(3):
            step_of(around, model, step)
    with pytest.warns(UserWarning, match="could not be written: the board at .* is closed"):
        around.write_recorded()


def test_a_copy_records_nothing(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", when=every(10), recorder=4)
    for step in range(3):
        step_of(around, model, step)
    twin = copy.deepcopy(around)
    with twin(3):
        assert not any(module._forward_hooks for module in model.modules())
    twin.write_recorded()
    assert logged(tmp_path / "mine") == [0]


@pytest.mark.parametrize("recorder", [-1, True])
def test_a_recorder_keeps_a_number_of_looks(recorder: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no number of looks to keep: say recorder=64"):
        watch(small(), tmp_path / "mine", recorder=recorder)
    assert not (tmp_path / "mine").exists()


def test_a_recorder_needs_a_log() -> None:
    with pytest.raises(ValueError, match="recorder=64 keeps looks for a log, and there is none"):
        watch(small(), recorder=64)


def test_steps_in_the_wrong_order_are_said_once_with_a_recorder_too(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", when=every(10), recorder=4)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for step in (0, 1, 2, 0, 1, 2):
            step_of(around, model, step)
    assert [str(one.message).split(",")[0] for one in told] == ["step 0 comes after step 2"]
