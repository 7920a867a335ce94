"""What a look costs a step, and what it sees flow."""

import pytest
from hands import Hands

from torchdemos.lab.data import Digits
from torchdemos.lab.playground.eye import Eye
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training
from torchdemos.steering import pace
from torchdemos.watching.viewed import viewed


def test_a_look_costs_what_it_adds_to_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now, page = [0.0], Hands()
    monkeypatch.setattr(pace.time, "perf_counter", lambda: now[0])
    own = Eye(page)

    def step(seconds: float) -> None:
        own.wants(0)
        now[0] += seconds

    own.timed(lambda: step(9.0))  # the first of all, of which nobody knows what it would have taken
    assert own.cost == 0
    page.wants_frames = False
    own.timed(lambda: step(1.0))
    page.wants_frames = True
    own.timed(lambda: step(3.0))
    assert own.cost == pytest.approx(2.0)
    page.wants_frames = False
    own.timed(lambda: step(1.0))
    assert own.cost == 0


def test_the_flow_is_the_gradient_and_the_update_of_each_layer(digits: Digits) -> None:
    training = Training(Settings(depth=2, width=4), 0, digits.train_images[:20], digits.train_labels[:20])
    own = Eye(Hands())
    around = viewed(training.model, own, ["fc1", "out"])
    before = {name: p.detach().clone() for name, p in training.model.named_parameters()}
    training.advance(around)
    assert [layer["layer"] for layer in own.flow] == ["fc1", "out"]
    for layer in own.flow:
        name = f"{layer['layer']}.weight"  # its bias is zero, of which there is no share to move by
        moved = training.model.get_parameter(name).detach() - before[name]
        assert layer["update"] == pytest.approx(float(moved.norm() / before[name].norm()), rel=1e-3)
        assert layer["gradient"] > 0
    own.begin()
    assert own.flow == []
