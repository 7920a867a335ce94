"""A viewer sees what it wants to see, and leaves no trace: neither in the log nor in the training."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from reading import raw_events
from small import digits, small, train
from torch import nn

from torchdemos import every, watch
from torchdemos.log import tags
from torchdemos.watching.look import Look
from torchdemos.watching.neuron_images import GIVEN, NO_IMAGES, Sight
from torchdemos.watching.steps import Watch
from torchdemos.watching.viewed import viewed
from torchdemos.watching.viewer import Find


class Eye:
    """A viewer of the steps that `picks` names, and of weights at those that `drawn` names."""

    def __init__(self, picks: Callable[[int], bool] = every(1), drawn: Callable[[int], bool] = every(1)) -> None:
        self.wants, self.draws = picks, drawn
        self.seen: list[tuple[Look, Sight, Find]] = []

    def see(self, look: Look, sight: Sight, find: Find) -> None:
        self.seen.append((look, sight, find))


def trained(model: nn.Module, around: Watch, shown: Watch | None, steps: int = 40) -> list[bytes]:
    """The weights at the end; clipping, momentum, and more parameters than a look copies are all there."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for step in range(steps):
        with around(step), (shown or around)(step):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(digits()[0]), digits()[1]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
    return [p.detach().numpy().tobytes() for p in model.parameters()]


def large() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(), nn.Linear(300, 3))


def logged(folder: Path) -> list[bytes]:
    return [event.summary.SerializeToString() for event in raw_events(folder)]


@pytest.mark.parametrize("picks", [every(1), every(7), every(10)], ids=["every", "others", "the same"])
def test_a_log_and_a_training_are_the_same_with_a_viewer_and_without(
    picks: Callable[[int], bool], tmp_path: Path
) -> None:
    eye, (seen, alone) = Eye(picks), (large(), large())
    with watch(seen, tmp_path / "seen", alert=None) as around:
        bits = trained(seen, around, viewed(seen, eye))
    with watch(alone, tmp_path / "alone", alert=None) as around:
        assert trained(alone, around, watch(alone, when=lambda _: False)) == bits
    assert logged(tmp_path / "seen") == logged(tmp_path / "alone")
    assert [look.step for look, _, _ in eye.seen] == [step for step in range(40) if picks(step)]


def test_a_viewer_sees_the_neurons_of_the_first_sample() -> None:
    model, eye = small(), Eye(drawn=lambda _: False)
    with viewed(model, eye)(3):
        train(model)
    ((look, sight, find),) = eye.seen
    assert look.step == 3 and find() == []
    assert list(sight.neurons) == [GIVEN, "0", "1", "2"]
    assert torch.equal(sight.neurons[GIVEN].float(), digits()[0][0])
    assert torch.allclose(sight.neurons["2"].float(), model(digits()[0])[0])
    assert sight.draw() == NO_IMAGES


def test_a_sight_whose_weights_were_kept_can_be_drawn_later() -> None:
    model, eye = small(), Eye()
    with viewed(model, eye)(0):
        train(model, lr=0.1)
    train(model, lr=0.1)
    ((_, sight, _),) = eye.seen
    assert list(sight.draw().blobs) == [tags.NEURONS]


def test_what_a_viewer_raises_is_told_once_and_ends_nothing() -> None:
    class Blind(Eye):
        def see(self, look: Look, sight: Sight, find: Find) -> None:
            raise KeyError("eyes")

    told: list[str] = []
    model = small()
    shown = viewed(model, Blind(), tell=told.append)
    for step in range(2):
        with shown(step):
            train(model)
    assert told == ["this look could not be shown, training goes on: KeyError: 'eyes'"]
