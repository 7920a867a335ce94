"""The learning rate of optimizers in somebody's hand."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from torchdemos.hooks import around_optimizer_steps
from torchdemos.hooks.removal import Hooks

PLANNED = ("lr", "initial_lr", "max_lr")  # where a group and its schedule keep learning rates
DECADES_BELOW, DECADES_ABOVE = 3, 2  # of the dial, around what is planned

Group = dict[str, Any]


class Dial:
    """Holds the learning rate where it is turned to, while a schedule goes on underneath.

    The rate is that of the group with the largest, and all others keep their share of it. The groups have it only
    while a step is taken: so a schedule reads and writes what it would have, and acts again after `let_go`. As long as
    nobody turns, nothing is attached and nothing is written.
    """

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self._optimizers = optimizers
        self.held: float | None = None
        self.idle_blocks = 0  # since the last step that took the held rate
        self._shares: dict[int, float] = {}
        self._first = [group.get("lr") for group in self._groups()]
        self._taken: list[tuple[Group, Any, Any]] = []  # groups in a step: what they had, and what they were given
        known = [value for group in self._groups() for name in PLANNED if (value := _number(group.get(name))) > 0]
        largest = max(known, default=math.nan)
        self.low = 10.0 ** (math.floor(math.log10(largest)) - DECADES_BELOW) if known else math.nan
        self.high = 10.0 ** (math.ceil(math.log10(largest)) + DECADES_ABOVE) if known else math.nan

    @property
    def exists(self) -> bool:
        """Whether there is a learning rate to turn: some optimizers have none, or only while they make their step."""
        return not math.isnan(self.low)

    @property
    def is_scheduled(self) -> bool:
        """Whether a schedule sets the rate: one of PyTorch's, or whatever has changed it since."""
        groups = list(self._groups())
        return any("initial_lr" in group for group in groups) or self._first != [group.get("lr") for group in groups]

    @property
    def rate(self) -> float:
        """What the next step takes."""
        return self._scheduled() if self.held is None else self.held

    def checked(self, value: Any) -> float:
        """A rate that the dial can be turned to. Raises `ValueError` in a sentence for anything else."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"the learning rate is a number, and this is {value!r:.40}")
        if not self.low <= value <= self.high:
            raise ValueError(
                f"the learning rate lies between {self.low:g} and {self.high:g}, and this is {value!r:.40}"
            )
        return float(value)

    def turn(self, rate: float) -> None:
        """From the next step on hold this rate."""
        largest = self._scheduled()
        self._shares = {id(group): _number(group.get("lr")) / largest for group in self._groups()} if largest else {}
        self.held = rate

    def let_go(self) -> None:
        """From the next step on the groups' own rates count again."""
        self.held = None
        self.idle_blocks = 0

    def hook(self, hooks: Hooks) -> None:
        """Act on the steps of the optimizers until the hooks are removed. Whoever is to see the rate hooks later."""
        if self.held is not None:
            self.idle_blocks += 1
            hooks.at_end(self._give_back)
            around_optimizer_steps(hooks, self._before_step, self._after_step)

    def _before_step(self, optimizer: Optimizer, closure: bool) -> None:
        self._give_back()  # what an exception in a step left, or a step around this one
        own = set(map(id, self._groups()))
        for group in optimizer.param_groups:
            if id(group) in own and "lr" in group and self.held is not None:
                before, rate = group["lr"], self.held * self._shares.get(id(group), 1.0)
                group["lr"] = torch.full_like(before, rate) if isinstance(before, Tensor) else rate
                self._taken.append((group, before, group["lr"]))
                self.idle_blocks = 0

    def _after_step(self, optimizer: Optimizer) -> None:
        self._give_back()

    def _give_back(self) -> None:
        while self._taken:
            group, before, given = self._taken.pop()
            if group["lr"] is given:
                group["lr"] = before

    def _scheduled(self) -> float:
        """The largest rate of all groups; of a tensor on a GPU, reading it waits for the device."""
        return max((_number(group.get("lr")) for group in self._groups()), default=math.nan)

    def _groups(self) -> Iterator[Group]:
        for optimizer in self._optimizers:
            yield from optimizer.param_groups


def _number(value: Any) -> float:
    """The value as a finite number, 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Tensor)):
        return 0.0
    number = float(value)
    return number if math.isfinite(number) else 0.0
