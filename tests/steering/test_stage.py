"""A page pauses a training, and a paused training waits for its page, for Ctrl-C, and for nothing else."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live_client import Client
from patience import until
from small import backward, small
from torch import nn
from torch.optim import SGD

from torchdemos import live
from torchdemos.log import tags
from torchdemos.steering import controls as controls_of
from torchdemos.steering import stage
from torchdemos.steering.controls import Live


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "BEAT", 0.001)


class Training:
    """Runs in a thread of its own, until `more` says no; `steps` are those that it has done."""

    def __init__(self, controls: Live, model: nn.Module, optimizer: SGD) -> None:
        self.steps: list[int] = []
        self.loss = 0.0  # of the latest of them
        self.more = True
        self._parts = controls, model, optimizer
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        controls, model, optimizer = self._parts
        while self.more:
            with controls(len(self.steps)):
                optimizer.zero_grad()
                loss = backward(model)
                controls.loss(loss)
                self.loss = float(loss.detach())
                optimizer.step()
            self.steps.append(len(self.steps))

    def __enter__(self) -> "Training":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.more = False
        self._thread.join(10)


@pytest.fixture
def training() -> Iterator[tuple[Training, Live, Client]]:
    model = small()
    optimizer = SGD(model.parameters(), lr=0.1)
    with (
        live(model, optimizer, port=0, alert=None, muted=["no progress"]) as controls,
        Client(controls.address) as client,
        Training(controls, model, optimizer) as running,
    ):
        yield running, controls, client
        client.change("pause", False)
        running.more = False


Parts = tuple[Training, Live, Client]


def test_a_paused_training_makes_one_step_when_it_is_asked_to(training: Parts) -> None:
    running, controls, client = training
    client.change("pause", True)
    until(lambda: controls.paused and bool(client.frames) and client.frames[-1]["paused"])
    done = len(running.steps)
    for more in (1, 2):
        client.change("step", None)
        until(lambda more=more: len(running.steps) == done + more)  # type: ignore[misc]
        until(lambda more=more: client.frames[-1]["step"] == done + more - 1 and client.frames[-1]["paused"])  # type: ignore[misc]
    assert len(running.steps) == done + 2
    client.change("pause", False)
    until(lambda: len(running.steps) > done + 5 and not controls.paused)


def test_a_pause_says_before_which_step_and_shows_the_latest_loss_though_nobody_looked(training: Parts) -> None:
    running, controls, client = training
    until(lambda: len(running.steps) > 9 and bool(client.frames))
    client.change("pause", True)
    until(lambda: controls.paused and client.frames[-1]["paused"])
    assert client.frames[-1]["before"] == len(running.steps)
    assert client.frames[-1]["loss"] == pytest.approx(running.loss, rel=1e-5)


def test_what_is_set_in_a_pause_acts_when_the_training_goes_on(training: Parts) -> None:
    _, controls, client = training
    client.change("pause", True)
    until(lambda: controls.paused)
    client.change("learning_rate", 0.5)
    client.change("step", None)
    until(lambda: bool(client.frames) and client.frames[-1]["rate"] == 0.5)


def test_a_snapshot_is_given_while_the_training_runs_and_while_it_is_paused(training: Parts) -> None:
    _, controls, client = training
    until(lambda: bool(client.frames))
    assert client.snapshot()["step"] >= 0
    client.change("pause", True)
    until(lambda: controls.paused and client.frames[-1]["paused"])
    snapshot = client.snapshot()
    assert snapshot["step"] == client.frames[-1]["step"] and len(snapshot["blobs"]) == 9


def test_ctrl_c_ends_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small()
    with live(model, SGD(model.parameters(), 0.1), port=0) as controls, Client(controls.address) as client:
        client.change("pause", True)

        def pressed(seconds: float) -> None:
            raise KeyboardInterrupt

        assert controls._stage
        monkeypatch.setattr(controls._stage.page, "wait", pressed)
        with pytest.raises(KeyboardInterrupt), controls(0):
            pass


def test_the_terminal_says_how_a_paused_training_goes_on_whose_page_is_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "ALONE", 10)
    model = small()
    with live(model, SGD(model.parameters(), 0.1), port=0) as controls:
        with Client(controls.address) as client:
            client.change("pause", True)
        assert controls._stage
        until(lambda: controls._stage is not None and not controls._stage.page.pages)
        beats = iter(range(100))

        def back(seconds: float, wait: Callable[[float], None] = controls._stage.page.wait) -> None:
            if next(beats) == 50:
                with Client(controls.address) as client:
                    client.change("pause", False)
            wait(seconds)

        monkeypatch.setattr(controls._stage.page, "wait", back)
        with controls(0):
            backward(model)
        said = capsys.readouterr().err
        assert said.count("paused before step 0, and no page is open. To go on, open " + controls.address) == 1


def test_a_loss_that_is_no_number_is_said(tmp_path: Path) -> None:
    model = small()
    with live(model, SGD(model.parameters(), 0.1), port=0, alert=None) as controls, Client(controls.address) as client:
        for step, loss in enumerate((1.0, float("nan"), float("nan"))):
            with controls(step):
                backward(model)
                controls.loss(loss)
        until(lambda: bool(client.scene["notes"]))
        assert client.scene["notes"] == ["Since step 1 not all is finite: there is NaN or infinity in the loss."]


def test_weights_that_are_no_numbers_are_said_and_so_are_findings() -> None:
    model = small()
    nn.init.constant_(model[2].weight, float("nan"))
    with live(model, SGD(model.parameters(), 0.1), port=0, alert=None) as controls, Client(controls.address) as client:
        with controls(0):
            backward(model)
        until(lambda: bool(client.scene["findings"]))
        (finding, *_) = client.scene["findings"]
        assert finding.keys() == {"kind", "level", "layer", "step", "evidence", "advice"}
        (note,) = client.scene["notes"]
        assert note.startswith("Since step 0 not all is finite: there is NaN or infinity in 2.weight and")


def test_a_dial_that_does_not_act_because_no_block_has_a_step_is_said() -> None:
    model = small()
    with (
        live(model, SGD(model.parameters(), 0.1), when=lambda step: False, port=0) as controls,
        Client(controls.address) as client,
    ):
        client.change("learning_rate", 0.2)
        for step in range(controls_of.MOST_IDLE + 1):
            with controls(step):
                backward(model)
        until(lambda: any(note.startswith("What is set here does not act") for note in client.scene["notes"]))


@pytest.mark.parametrize("loss", [object(), "x", None], ids=["an object", "a word", "nothing"])
def test_a_loss_that_cannot_be_read_ends_no_training(loss: Any) -> None:
    model = small()
    with live(model, SGD(model.parameters(), 0.1), port=0) as controls, controls(0):
        backward(model)
        with pytest.warns(UserWarning, match="read the loss"):
            controls.loss(loss)


def test_an_address_and_whoever_else_can_use_it_are_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    model = small()
    with live(model, SGD(model.parameters(), 0.1), host="0.0.0.0", port=0) as controls:
        said = capsys.readouterr().err.splitlines()
        assert said[0] == f"torchdemos: the page of this training is {controls.address}"
        assert "can change the training" in said[1] and len(said) == 2
    assert tags.LEARNING_RATE == "1_overview/learning_rate"
