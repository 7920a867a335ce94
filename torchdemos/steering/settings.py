"""What a page may change of somebody's own training, and what it did change."""

from collections.abc import Sequence
from typing import Any

from torch.optim import SGD, Optimizer

from torchdemos.hooks.removal import Hooks
from torchdemos.steering.dial import Dial
from torchdemos.steering.held import Held
from torchdemos.view.live.changes import Change

RATE, SCHEDULE, MOMENTUM = "learning_rate", "schedule", "momentum"
HELD, FOLLOWED = "held", "followed"
CHOSEN = {MOMENTUM: (0.0, 0.5, 0.9, 0.95, 0.99), "weight_decay": (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1)}
SHARED = "Of several groups this is the largest, and the others keep their share of it."
HELP = {
    RATE: f"How far a step goes down the gradient. {SHARED}",
    SCHEDULE: "Once you turn the dial, the rate is held there, and the schedule of your program goes on underneath. "
    "Choose followed, and it counts again.",
    MOMENTUM: f"How much of the step before goes into the next one. {SHARED}",
    "weight_decay": f"How much each step draws the weights towards 0. {SHARED}",
}


class Settings:
    """The controls of a training: the learning rate, whether its schedule counts, and what else the optimizers have."""

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self._dial = Dial(optimizers)
        chosen = {name: Held(optimizers, name) for name in CHOSEN}
        if not _remembers(chosen[MOMENTUM], optimizers):
            del chosen[MOMENTUM]
        self._held = {RATE: self._dial.rate, **{name: held for name, held in chosen.items() if held.exists}}
        self._options = {name: sorted({*CHOSEN[name], self._held[name].value}) for name in self._held if name != RATE}
        self._names: list[str] = []
        self.renew()

    def renew(self) -> bool:
        """Whether there are other controls than before: a schedule may show itself late."""
        before, schedule = self._names, [SCHEDULE] if self._dial.is_scheduled else []
        self._names = [*([RATE, *schedule] if self._dial.exists else []), *self._options]
        return self._names != before

    def controls(self) -> list[dict[str, Any]]:
        """As a page draws them."""
        return [self._control(name) for name in self._names]

    @property
    def rate(self) -> float | None:
        """The learning rate that the next step takes; None if there is none."""
        return self._dial.rate.value if self._dial.exists else None

    @property
    def idle_blocks(self) -> int:
        """The blocks since the last step that took what is held; 0 if nothing is."""
        return max(held.idle_blocks for held in self._held.values())

    def values(self) -> dict[str, Any]:
        """How they stand."""
        return {name: self._value(name) for name in self._names}

    def checked(self, name: str, value: Any) -> Any:
        """The value that a control can be set to. Raises `ValueError` in a sentence for what cannot be.

        It touches nothing that the training's thread changes, because a page asks from another.
        """
        names = self._names
        if name not in names:
            known = f"there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if names else "there is none"
            raise ValueError(f"this training has no control {name!r:.40}: {known}")
        if name == RATE:
            return self._dial.checked(value)
        options = [FOLLOWED, HELD] if name == SCHEDULE else self._options[name]
        if isinstance(value, (bool, list, dict)) or value not in options:
            raise ValueError(f"{name} is one of {', '.join(map(str, options))}, and this is {value!r:.40}")
        return value

    def set(self, changes: Sequence[Change]) -> list[Change]:
        """Set what is asked for, and return what that was: of several changes of one control the last."""
        last: dict[str, Any] = {}
        for name, value in changes:
            last.pop(name, None)
            last[name] = value
        for name, value in last.items():
            if name != SCHEDULE:
                self._held[name].turn(value)
            elif value == FOLLOWED:
                self._dial.rate.let_go()
            else:
                self._dial.rate.turn(self._dial.rate.value)
        return [Change(name, value) for name, value in last.items()]

    def hook(self, hooks: Hooks) -> None:
        """Have the steps of the optimizers take what is held, until the hooks are removed."""
        for held in self._held.values():
            held.hook(hooks)

    def _value(self, name: str) -> Any:
        if name == SCHEDULE:
            return FOLLOWED if self._dial.rate.held is None else HELD
        return self._held[name].value

    def _control(self, name: str) -> dict[str, Any]:
        control = {"name": name, "label": name.replace("_", " "), "value": self._value(name), "fresh": False}
        if name == RATE:
            own: dict[str, Any] = {"kind": "dial", "low": self._dial.low, "high": self._dial.high}
        else:
            own = {"kind": "choice", "options": [FOLLOWED, HELD] if name == SCHEDULE else self._options[name]}
        return control | own | {"help": HELP[name]}


def _remembers(momentum: Held, optimizers: Sequence[Optimizer]) -> bool:
    """Whether momentum can be turned up: but for SGD, an optimizer that begins without has no memory of steps."""
    return momentum.value > 0 or all(isinstance(one, SGD) for one in optimizers)
