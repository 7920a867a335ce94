"""A number of an optimizer's groups, such as the learning rate, held while a schedule goes on underneath."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from torchdemos.hooks import around_optimizer_steps
from torchdemos.hooks.removal import Hooks

Group = dict[str, Any]


class Held:
    """What the groups of some optimizers have under this key, in somebody's hand.

    The value is that of the group with the largest, and all others keep their share of it. The groups have it only
    while a step is taken: so a schedule reads and writes what it would have, and acts again after `let_go`. As long as
    nobody turns, nothing is attached and nothing is written. `idle_blocks` counts the blocks since the last step that
    took what is held.
    """

    def __init__(self, optimizers: Sequence[Optimizer], key: str) -> None:
        self._optimizers, self._key = optimizers, key
        self.held: float | None = None
        self.idle_blocks = 0
        self._shares: dict[int, float] = {}
        self._taken: list[tuple[Group, Any, Any]] = []  # groups in a step: what they had, and what they were given

    @property
    def exists(self) -> bool:
        """Whether a group has such a number."""
        return any(is_number(group.get(self._key)) for group in self.groups())

    @property
    def value(self) -> float:
        """What the next step takes."""
        return self._own() if self.held is None else self.held

    def turn(self, value: float) -> None:
        """From the next step on hold this."""
        self._shares = self._shares_of(self._key) or self._shares_of(f"initial_{self._key}")
        self.held = value

    def let_go(self) -> None:
        """From the next step on the groups' own numbers count again."""
        self.held, self.idle_blocks = None, 0

    def hook(self, hooks: Hooks) -> None:
        """Act on the steps of the optimizers until the hooks are removed. Whoever is to see the value hooks later."""
        if self.held is not None:
            self.idle_blocks += 1
            hooks.at_end(self._give_back)
            around_optimizer_steps(hooks, self._before_step, self._after_step)

    def groups(self) -> Iterator[Group]:
        for optimizer in self._optimizers:
            yield from optimizer.param_groups

    def _before_step(self, optimizer: Optimizer, closure: bool) -> None:
        self._give_back()  # what an exception in a step left, or a step around this one
        own = set(map(id, self.groups()))
        for group in optimizer.param_groups:
            if id(group) in own and is_number(group.get(self._key)) and self.held is not None:
                before, value = group[self._key], self.held * self._shares.get(id(group), 1.0)
                group[self._key] = torch.full_like(before, value) if isinstance(before, Tensor) else value
                self._taken.append((group, before, group[self._key]))
                self.idle_blocks = 0

    def _after_step(self, optimizer: Optimizer) -> None:
        self._give_back()

    def _give_back(self) -> None:
        while self._taken:
            group, before, given = self._taken.pop()
            if group[self._key] is given:
                group[self._key] = before

    def _shares_of(self, key: str) -> dict[int, float]:
        """Of each group, by what it has under this key; empty where all have nothing, as the rate before a warm-up."""
        numbers = {id(group): number(group.get(key)) for group in self.groups()}
        largest = max(numbers.values(), default=0.0)
        return {group: own / largest for group, own in numbers.items()} if largest else {}

    def _own(self) -> float:
        """The largest of all groups; of a tensor on a GPU, reading it waits for the device."""
        return max((number(group.get(self._key)) for group in self.groups()), default=math.nan)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Tensor)) and not isinstance(value, bool)


def number(value: Any) -> float:
    """The value as a finite number, 0 for what is none."""
    found = float(value) if is_number(value) else 0.0
    return found if math.isfinite(found) else 0.0
