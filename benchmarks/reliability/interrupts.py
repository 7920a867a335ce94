"""Ctrl-C at random moments of watched steps, caught by the caller, as in a notebook."""

import random
import signal
from types import FrameType

import torch
from torch import nn
from torch.optim import optimizer as optim

from torchdemos import watch

TRIES = 1_100
LONGEST = 0.004  # seconds: about a look of this model


def trial() -> list[tuple[str, int, int]]:
    """What was tried, how often, and how often hooks were left on the model or the next look was another."""
    rng, left, wrong = random.Random(0), 0, 0
    expected = _look(_model())
    signal.signal(signal.SIGALRM, _interrupt)
    for _ in range(TRIES):
        model = _model()
        around = watch(model, when=lambda step: True)
        try:
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, LONGEST))
            while True:
                _step(model, around)
        except KeyboardInterrupt:
            pass
        torch.set_grad_enabled(True)  # Ctrl-C amid an optimizer's step can leave it off, without us too
        left += bool(_hooks(model))
        wrong += _look(_model()) != expected
    return [("Ctrl-C in a watched step: hooks left", TRIES, left), ("Ctrl-C: another look afterwards", TRIES, wrong)]


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 30), nn.Tanh(), nn.Linear(30, 3))


def _step(model: nn.Module, around: object) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with around(0) as look:  # type: ignore[operator]
        loss = model(torch.ones(8, 20)).square().mean()
        loss.backward()
        optimizer.step()
        look.loss(loss)


def _look(model: nn.Module) -> dict[str, float]:
    around = watch(model)
    _step(model, around)
    return around.last.flat() if around.last else {}


def _hooks(model: nn.Module) -> int:
    on_modules = sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())
    on_parameters = sum(len(parameter._backward_hooks or {}) for parameter in model.parameters())
    return on_modules + on_parameters + len(optim._global_optimizer_pre_hooks) + len(optim._global_optimizer_post_hooks)
