"""A training of one's own on a page: untouched it ends as ever, touched it can be done again, bit by bit."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import examples
import pytest
import torch
from live_client import Client
from patience import SECONDS, until
from reading import Log, raw_events
from small import backward, small
from torch import nn
from torch.optim import SGD, Optimizer, Rprop
from torch.utils.data import DataLoader, TensorDataset

from torchdemos import Board, every, live
from torchdemos.steering import changes
from torchdemos.steering.changes import Changed
from torchdemos.steering.controls import Live, _ending
from torchdemos.view.live import desk, feed
from torchdemos.view.live.changes import Change
from torchdemos.view.serving import server
from torchdemos.watching import ranks

ROOT = Path(__file__).parents[2]
EPOCHS, BATCHES = 3, 5
Touch = Callable[[int, Live], object]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames as often as a page takes them, and as long as it takes for the last."""
    monkeypatch.setattr(server, "PARTING_SECONDS", SECONDS)
    for module in (desk, feed):
        monkeypatch.setattr(module, "PERIOD", 0.001)
    monkeypatch.setattr(feed, "_period", lambda cost: 0.0)


def nobody(step: int, controls: Live) -> None:
    """Touches nothing."""


def trained(folder: Path | None, touch: Touch = nobody, **options: Any) -> list[bytes]:
    """The weights and all else that a training leaves behind, with chance wherever a training has it."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.LazyLinear(3)
    )
    model(torch.zeros(2, 1, 6, 6))
    groups = [{"params": model[0].parameters(), "lr": 0.02}, {"params": model[5].parameters()}]
    optimizer = SGD(groups, lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
    loader = DataLoader(TensorDataset(torch.randn(35, 1, 6, 6), torch.randint(3, (35,))), 7, shuffle=True)

    def step_of(inputs: Any, targets: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss

    if folder is None:
        for _ in range(EPOCHS):
            for batch in loader:
                step_of(*batch)
    else:
        with live(model, optimizer, folder, every(4), port=0, alert=None, **options) as controls:
            for epoch in range(EPOCHS):
                for index, batch in enumerate(loader):
                    step = epoch * BATCHES + index
                    touch(step, controls)
                    with controls(step):
                        controls.loss(step_of(*batch))
    states = [*model.state_dict().values(), *(s["momentum_buffer"] for s in optimizer.state.values())]
    rates = torch.tensor([group["lr"] for group in optimizer.param_groups])
    return [t.numpy().tobytes() for t in (*states, rates, torch.get_rng_state())]


def logged(folder: Path) -> list[bytes]:
    return [event.summary.SerializeToString() for event in raw_events(folder)]


class Reader:
    """Opens a page before step 2, waits for the frame of each later step, and touches what is to be touched."""

    def __init__(self, **touches: list[tuple[str, Any]]) -> None:
        self._touches = touches
        self.client: Client | None = None

    def __call__(self, step: int, controls: Live) -> None:
        if step == 2:
            self.client = Client(controls.address)
        if self.client and controls._stage:
            until(controls._stage.page.wants_frame)
            for name, value in self._touches.get(f"before_{step}", []):
                assert self.client.change(name, value) == ""


def test_an_untouched_training_ends_bitwise_as_it_ends_unwatched_with_its_page_open(tmp_path: Path) -> None:
    reader = Reader()
    assert trained(tmp_path / "seen", reader) == trained(None) == trained(tmp_path / "alone")
    assert reader.client
    until(lambda: reader.client and reader.client.over)
    assert [frame["step"] for frame in reader.client.frames][-5:] == [10, 11, 12, 13, 14]
    assert logged(tmp_path / "seen") == logged(tmp_path / "alone")


def test_a_touched_training_is_done_again_bitwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    touches = Reader(
        before_3=[("learning_rate", 0.3), ("learning_rate", 0.123456789)],
        before_6=[("pause", True), ("learning_rate", 0.05), ("pause", False)],
        before_11=[("schedule", "followed")],
    )
    touched = trained(tmp_path / "mine", touches)
    record = changes.read(tmp_path / "mine")
    assert record.changes == [
        Changed(3, "learning_rate", 0.123456789),
        Changed(6, "learning_rate", 0.05),
        Changed(11, "schedule", "followed"),
    ]
    assert trained(tmp_path / "again", replay=tmp_path / "mine") == touched
    assert trained(tmp_path / "untouched")[:-2] != touched[:-2]
    assert trained(tmp_path / "untouched_2")[-2:] == touched[-2:]  # neither the schedule nor chance knows of the dial
    assert changes.read(tmp_path / "again") == record
    log = Log(tmp_path / "mine")
    assert log.steps("1_overview/learning_rate") == [2, 3, 5, 6, 10, 11]
    assert log.values("1_overview/learning_rate") == pytest.approx([0.1, 0.123456789, 0.123456789, 0.05, 0.05, 0.025])
    assert log.values("5_optimizer/learning_rate") == pytest.approx([0.1, 0.123456789, 0.05, 0.0125])


def stepped(controls: Live, model: nn.Module, step: int) -> None:
    with controls(step):
        controls.loss(backward(model))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 0, "between 1e-05 and 1, and this is 0"),
        ("learning_rate", -0.1, "between 1e-05 and 1, and this is -0.1"),
        ("learning_rate", float("nan"), "between .* nan|NaN"),
        ("learning_rate", float("inf"), "between .* inf|Infinity"),
        ("learning_rate", 10**400, "between .* and this is 1000|number"),
        ("learning_rate", "0.1", "is a number, and this is '0.1'"),
        ("learning_rate", True, "is a number, and this is True"),
        ("learning_rate", None, "is a number, and this is None"),
        ("schedule", "held", "no control 'schedule': there are learning_rate, momentum, weight_decay"),
        ("pause", 1, "pause is true or false, and this is 1"),
        ("step", True, "step is null, and this is True"),
    ],
)
def test_what_cannot_be_set_gets_a_sentence(name: str, value: Any, words: str) -> None:
    model = small()
    with live(model, SGD(model.parameters(), lr=0.01), port=0) as controls, Client(controls.address) as client:
        assert re.search(words, client.change(name, value))
        stepped(controls, model, 0)
        assert not controls.paused and client.scene["settings"]["learning_rate"] == 0.01


def test_a_busy_port_costs_no_training(capsys: pytest.CaptureFixture[str]) -> None:
    model = small()
    with live(model, SGD(model.parameters(), 0.1), port=0) as first:
        port = int(first.address.split(":")[2].split("/")[0])
        with live(model, SGD(model.parameters(), 0.1), port=port) as second:
            assert f"torchdemos: port {port} is busy, so the page of this training is {second.address}\n" in (
                capsys.readouterr().err
            )
            with Client(second.address) as client:
                assert client.scene["question"] == "How does Sequential train?"


@pytest.mark.parametrize("wrong", [{"host": "nowhere.invalid"}, {"port": -1}, {"port": 70000}, {"host": ""}], ids=str)
def test_a_place_where_no_page_can_be_is_named_before_there_is_a_log(wrong: dict[str, Any], tmp_path: Path) -> None:
    model = small()
    with pytest.raises((OSError, ValueError), match="no host|cannot serve|is not a port|host is empty"):
        live(model, SGD(model.parameters(), 0.1), tmp_path / "mine", **{"port": 0, **wrong})
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"port": "6007"}, "the port is a whole number, and this is '6007'"),
        ({"port": 6007.0}, "the port is a whole number, and this is 6007.0"),
        ({"port": None}, "the port is a whole number, and this is None"),
        ({"host": None}, "the host is a name or an address in quotes, and this is None"),
        ({"host": 127}, "the host is a name or an address in quotes, and this is 127"),
    ],
    ids=str,
)
def test_a_place_of_another_type_is_named(wrong: dict[str, Any], words: str) -> None:
    model = small()
    with pytest.raises(TypeError, match=f"^{words}$"):
        live(model, SGD(model.parameters(), 0.1), **{"port": 0, **wrong})


def test_a_notice_is_a_sentence_and_goes_once_it_holds_no_longer() -> None:
    model = small()
    optimizer = SGD(model.parameters(), lr=0.1)
    with live(model, optimizer, when=lambda step: False, port=0) as controls, Client(controls.address) as client:

        def block(ends_the_group: bool) -> list[str]:
            with controls(0):
                backward(model)
                if ends_the_group:
                    optimizer.step()
            notes: list[str] = client.scene["notes"]
            return notes

        until(lambda: bool(block(ends_the_group=False)))
        (note,) = client.scene["notes"]
        assert note.startswith("No torch.optim optimizer took a step") and note.endswith(" ends it.")
        until(lambda: not block(ends_the_group=True))


def test_what_watch_refuses_leaves_no_page(capsys: pytest.CaptureFixture[str]) -> None:
    model, before = small(), threading.enumerate()
    with pytest.raises(LookupError, match="no layer named 'fc9'"):
        live(model, SGD(model.parameters(), 0.1), port=0, layers="fc9")
    assert set(threading.enumerate()) <= set(before) and not capsys.readouterr().err


@pytest.mark.parametrize(("optimizer", "name"), [("logs/mine", "str"), (None, "NoneType"), ([None], "NoneType")])
def test_an_optimizer_that_is_none_is_named(optimizer: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"only a torch.optim.Optimizer has a rate to turn, and this is a {name}"):
        live(small(), optimizer)


def test_the_page_shows_the_layers_that_are_chosen() -> None:
    model = small()
    chosen = iter(["0", "2"])
    with (
        live(model, SGD(model.parameters(), 0.1), port=0, layers=chosen) as controls,
        Client(controls.address) as client,
    ):
        stepped(controls, model, 0)
        until(lambda: bool(client.frames))
        assert [layer["name"] for layer in client.scene["layers"]] == ["input", "0", "2"]


def test_a_replay_touches_nothing_else_and_says_what_did_not_come(tmp_path: Path) -> None:
    model = small()
    optimizer = SGD(model.parameters(), 0.1)
    with live(model, optimizer, tmp_path / "mine", port=0) as controls, Client(controls.address) as client:
        stepped(controls, model, 0)
        client.change("learning_rate", 0.2)
        stepped(controls, model, 1)
    with (
        pytest.warns(UserWarning, match="1 recorded change, from step 1 on, did not come"),
        live(model, optimizer, replay=tmp_path / "mine", port=0) as controls,
        Client(controls.address) as client,
    ):
        if True:
            assert "repeats the changes" in client.change("learning_rate", 0.3)
            assert client.scene["controls"] == [] and client.scene["notes"][0].startswith("This training repeats")
            assert client.change("pause", False) == ""
            stepped(controls, model, 0)
    with pytest.raises(FileNotFoundError, match="no log in .*nowhere"):
        live(model, optimizer, replay=tmp_path / "nowhere")


def test_a_change_of_another_training_that_this_one_cannot_make_is_named(tmp_path: Path) -> None:
    model = small()
    for step, change in enumerate([Change("optimizer", "Adam"), Change("learning_rate", -1), Change("momentum", 0.5)]):
        with Board(tmp_path / "other", resume=True) as board:
            board.log(step, texts={"changes": changes.text([change])})
    with live(model, SGD(model.parameters(), 0.1), replay=tmp_path / "other", port=0) as controls:
        for step, words in enumerate(
            ("'optimizer' before step 0 cannot .* no control", "'learning_rate' before step 1")
        ):
            with pytest.warns(UserWarning, match=words):
                stepped(controls, model, step)
        stepped(controls, model, 2)
        assert controls._settings.values() == {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0}


def test_a_resumed_run_goes_on_with_the_rate_that_it_had(tmp_path: Path) -> None:
    model, seen = small(), []
    optimizer = SGD(model.parameters(), 0.1)
    optimizer.register_step_post_hook(lambda own, *_: seen.append(own.param_groups[0]["lr"]))
    for resume, rates in ((False, {1: 0.2, 3: 0.4}), (True, {})):
        with live(model, optimizer, tmp_path / "mine", port=0, resume=resume) as controls:
            for step in range(2, 4) if resume else range(4):
                if step in rates:
                    with Client(controls.address) as client:
                        client.change("learning_rate", rates[step])
                with controls(step):
                    backward(model)
                    optimizer.step()
    assert seen == [0.1, 0.2, 0.2, 0.4, 0.2, 0.2]
    assert changes.read(tmp_path / "mine").changes == [Changed(1, "learning_rate", 0.2)]


@pytest.mark.parametrize(("error", "words"), [
    (None, "it ended after step 0"),
    (KeyboardInterrupt(), "it was stopped after step 0"),
    (ZeroDivisionError("0 / 0"), "it ended after step 0 with an error, ZeroDivisionError: 0 / 0"),
])  # fmt: skip
def test_however_a_training_ends_its_page_and_the_terminal_say_what_shows_its_log(
    error: BaseException | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = small()
    client = None
    try:
        with live(model, SGD(model.parameters(), 0.1), tmp_path / "mine", port=0) as controls:
            client = Client(controls.address)
            stepped(controls, model, 0)
            if error:
                with controls(1):
                    raise error
    except (KeyboardInterrupt, ZeroDivisionError):
        pass
    assert client is not None
    shown_by = f"; torchdemos open {tmp_path / 'mine'} shows its log"
    until(lambda: client.over == f"{words}{shown_by}")
    assert capsys.readouterr().err.endswith(f"torchdemos: the page has closed{shown_by}\n")
    assert Log(tmp_path / "mine").steps("1_overview/loss") == [0]


@pytest.mark.parametrize(("step", "shown", "words"), [
    (None, None, "it ended before its first step"),
    (1899, 1899, "it ended after step 1,899"),
    (1899, 1891, "it ended after step 1,899; the latest look is at step 1,891"),
])  # fmt: skip
def test_an_ending_is_a_clause_that_agrees_with_the_counter(step: int | None, shown: int | None, words: str) -> None:
    assert _ending(step, shown, None) == words


def test_an_optimizer_without_a_rate_has_no_dial() -> None:
    class Own(Optimizer):
        def __init__(self, parameters: Any) -> None:
            super().__init__(parameters, {})

        def step(self, closure: Any = None) -> None:
            pass

    model = small()
    for optimizer, names in ((Own(model.parameters()), []), (Rprop(model.parameters()), ["learning_rate"])):
        with live(model, optimizer, port=0) as controls, Client(controls.address) as client:
            stepped(controls, model, 0)
            assert [control["name"] for control in client.scene["controls"]] == names


def test_of_several_processes_one_shows_and_none_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small()
    monkeypatch.setattr(ranks, "size", lambda: 2)
    with live(model, SGD(model.parameters(), 0.1), port=0) as controls, Client(controls.address) as client:
        for name, value in (("learning_rate", 0.2), ("pause", True), ("step", None)):
            assert client.change(name, value).startswith("This training runs in 2 processes")
        stepped(controls, model, 0)
        until(lambda: bool(client.frames))
        assert client.scene["actions"] == [] == client.scene["controls"]
    monkeypatch.setattr(ranks, "rank", lambda: 1)
    with live(model, SGD(model.parameters(), 0.1), port=0) as controls:
        stepped(controls, model, 0)
        assert controls.address == "" and not controls.paused


def test_the_examples_of_its_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = examples.names()
    for example in examples.blocks((ROOT / "docs" / "live.md").read_text().partition("## In your own loop")[2]):
        exec(example, names)
    assert Log(tmp_path / "logs" / "again").steps("5_optimizer/learning_rate") == [0, 10, 20]
