"""The looks of a run in little memory, for rules that need its history."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from torchdemos.diagnosis.history import Flags, History, Numbers
from torchdemos.watching.call_order import CallOrder
from torchdemos.watching.look import Look, Statistics

FIRST, MOST = 32, 256  # the first and the latest looks are kept, and of the others every second, fourth, ...
UNKNOWN = ("dead_units", "saturated_units", "long_dead", "equal_units", "update_ratio")  # where NaN means that
TOTALS = ("gradient_norm", "unclipped_gradient_norm", "added_gradient_norm", "left_over_gradient_norm")

T = TypeVar("T")
Name = tuple[str, str, str]  # group, layer or parameter, statistic


class Names(NamedTuple):
    """What the numbers of a look are, as they stand in it and one by one; `unknown` says where NaN means just that."""

    shape: tuple[tuple[str, ...], ...]
    each: list[Name]
    unknown: Flags


class KeptLook(NamedTuple):
    """The numbers of one look; looks with the same names share them."""

    step: int
    names: Names
    numbers: Numbers
    place: int  # among all looks; 0 where something was not finite for the first time, so that it always stays


class KeptLooks:
    """Keeps the numbers of at most 256 looks, and every loss.

    These are the first looks, the latest, others at even distances, and those at which something was not finite for the
    first time. The latest look tells what is no number: kinds of layers, say.
    """

    def __init__(self) -> None:
        self.looks: list[KeptLook] = []
        self._seen, self._distance = 0, 1
        self._broken: set[Name] = set()
        self._names: dict[tuple[tuple[str, ...], ...], Names] = {}  # parameters that are copied in turn make several
        self.losses: list[tuple[int, float]] = []
        self._latest: Look | None = None
        self._order = CallOrder()
        self._kinds: dict[str, str] = {}
        self._rows: dict[str, int] = {}

    def add(self, look: Look) -> None:
        """Add a look, and drop others if there are too many."""
        groups = _groups(look)
        shape = tuple((group, name, *statistics) for group, name, statistics in groups)
        names = self._names.get(shape) or self._names.setdefault(shape, _names(shape))
        if not self.looks or names is not self.looks[-1].names:
            self._order.add(list(look.activations))
        numbers = np.array([value for _, _, statistics in groups for value in statistics.values()])
        broken = ~np.isfinite(numbers)
        if broken.any():
            numbers[broken] = np.where(names.unknown[broken], np.nan, np.inf)
        self.looks.append(KeptLook(look.step, names, numbers, 0 if self._breaks(names, numbers) else self._seen))
        self._seen += 1
        if look.loss is not None:
            self.losses.append((look.step, look.loss))
        self._latest = look
        self._kinds |= look.kinds
        self._rows |= {key: max(rows, self._rows.get(key, 0)) for key, rows in look.rows.items()}
        self._thin()

    def _breaks(self, names: Names, numbers: Numbers) -> bool:
        """Whether something is not finite that always was."""
        broken = {names.each[place] for place in np.flatnonzero(np.isinf(numbers)).tolist()}
        newly = not broken <= self._broken
        self._broken |= broken
        return newly

    def _thin(self) -> None:
        if len(self.looks) > 2 * FIRST and self.looks[-FIRST - 1].place % self._distance:
            del self.looks[-FIRST - 1]
        if len(self.looks) > MOST:
            self._distance *= 2
            self.looks[FIRST:-FIRST] = [look for look in self.looks[FIRST:-FIRST] if not look.place % self._distance]

    def history(self) -> History:
        """All that is kept, as the rules read it."""
        look = self._latest
        if look is None:
            return History()
        by_name = series(self.looks)
        return History(
            steps=[look.step for look in self.looks],
            outputs=self._by_call(_named(by_name, "outputs")),
            gradients=self._by_call(_named(by_name, "gradients")),
            parameters=_named(by_name, "parameters"),
            totals=_named(by_name, "totals").get("", {}),
            given=_named(by_name, "given").get("", {}),
            answer=_named(by_name, "answer").get("", {}),
            optimizer=_named(by_name, "optimizer").get("", {}),
            losses=self.losses,
            kinds=self._by_call(self._kinds),
            rows=self._by_call(self._rows),
            fed_by=look.fed_by,
            frozen=look.frozen,
            without_gradient=look.without_gradient,
            silent=look.silent,
        )

    def _by_call(self, found: Mapping[str, T]) -> dict[str, T]:
        """The same in call order."""
        return {key: found[key] for key in self._order.keys if key in found}


def series(looks: Sequence[KeptLook]) -> dict[Name, Numbers]:
    """A number for each look under each name, NaN where a look has none."""
    places: dict[Name, int] = {}
    for names in {id(look.names): look.names for look in looks}.values():
        for name in names.each:
            places.setdefault(name, len(places))
    table = np.full((len(looks), len(places)), math.nan)
    columns: dict[int, list[int]] = {}
    for row, look in zip(table, looks, strict=True):
        if id(look.names) not in columns:
            columns[id(look.names)] = [places[name] for name in look.names.each]
        row[columns[id(look.names)]] = look.numbers
    return {name: table[:, place] for name, place in places.items()}


def _groups(look: Look) -> list[tuple[str, str, Statistics]]:
    """The statistics in a look, each with its group and the name in it."""
    totals = {total: value for total in TOTALS if (value := getattr(look, total)) is not None}
    groups = {"outputs": look.activations, "gradients": look.gradients, "parameters": look.parameters}
    by_name = [(group, name, statistics) for group, named in groups.items() for name, statistics in named.items()]
    alone = {"totals": totals, "given": look.given, "answer": look.answer, "optimizer": look.optimizer}
    return [*by_name, *((group, "", statistics) for group, statistics in alone.items())]


def _names(shape: tuple[tuple[str, ...], ...]) -> Names:
    """The names of numbers that stand so in a look."""
    each = [(group, name, statistic) for group, name, *statistics in shape for statistic in statistics]
    return Names(shape, each, np.array([statistic in UNKNOWN for _, _, statistic in each], bool))


def _named(by_name: Mapping[Name, Numbers], group: str) -> dict[str, dict[str, Numbers]]:
    found: dict[str, dict[str, Numbers]] = {}
    for (own, name, statistic), numbers in by_name.items():
        if own == group:
            found.setdefault(name, {})[statistic] = numbers
    return found
