"""The looks of a run in little memory, for rules that need its history."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from torchdemos.diagnosis.history import History, Series
from torchdemos.watching.look import Look

FIRST, MOST = 32, 256  # the first looks are kept, and of the later ones every second, fourth, ...
UNKNOWN = ("dead_units", "saturated_units", "long_dead", "equal_units", "update_ratio")  # where NaN means that
TOTALS = ("gradient_norm", "unclipped_gradient_norm", "added_gradient_norm")

Name = tuple[str, str, str]  # group, layer or parameter, statistic


class KeptLook(NamedTuple):
    """The numbers of one look; looks with the same names share them."""

    step: int
    names: tuple[Name, ...]
    numbers: Series


class KeptLooks:
    """Keeps the numbers of at most 256 looks, the first and the latest among them, and every loss.

    The latest look tells what is no number: kinds of layers, say.
    """

    def __init__(self) -> None:
        self.looks: list[KeptLook] = []
        self.losses: list[tuple[int, float]] = []
        self._latest: Look | None = None
        self._kinds: dict[str, str] = {}
        self._rows: dict[str, int] = {}

    def add(self, look: Look) -> None:
        """Add a look, and drop every second of the middle ones if there are too many."""
        self.looks.append(packed(look, self.looks[-1].names if self.looks else ()))
        if look.loss is not None:
            self.losses.append((look.step, look.loss))
        self._latest = look
        self._kinds |= look.kinds
        self._rows |= {key: max(rows, self._rows.get(key, 0)) for key, rows in look.rows.items()}
        if len(self.looks) > MOST:
            self.looks[FIRST:-FIRST] = self.looks[FIRST:-FIRST:2]

    def history(self) -> History:
        """All that is kept, as the rules read it."""
        look = self._latest
        if look is None:
            return History()
        by_name = series(self.looks)
        return History(
            steps=[look.step for look in self.looks],
            outputs=_named(by_name, "outputs"),
            gradients=_named(by_name, "gradients"),
            parameters=_named(by_name, "parameters"),
            totals=_named(by_name, "totals").get("", {}),
            given=_named(by_name, "given").get("", {}),
            answer=_named(by_name, "answer").get("", {}),
            losses=self.losses,
            kinds=self._kinds,
            rows=self._rows,
            fed_by=look.fed_by,
            frozen=look.frozen,
            without_gradient=look.without_gradient,
            silent=look.silent,
        )


def packed(look: Look, names: tuple[Name, ...]) -> KeptLook:
    """The numbers of a look; its names are those of an earlier look, if they are the same."""
    pairs = list(_numbers(look))
    own = tuple(name for name, _ in pairs)
    return KeptLook(look.step, names if own == names else own, np.array([number for _, number in pairs]))


def series(looks: Sequence[KeptLook]) -> dict[Name, Series]:
    """A number for each look under each name, NaN where a look has none."""
    places: dict[Name, int] = {}
    for names in {id(look.names): look.names for look in looks}.values():
        for name in names:
            places.setdefault(name, len(places))
    table = np.full((len(looks), len(places)), math.nan)
    columns: dict[int, list[int]] = {}
    for row, look in zip(table, looks, strict=True):
        if id(look.names) not in columns:
            columns[id(look.names)] = [places[name] for name in look.names]
        row[columns[id(look.names)]] = look.numbers
    return {name: table[:, place] for name, place in places.items()}


def _numbers(look: Look) -> Iterator[tuple[Name, float]]:
    groups = {"outputs": look.activations, "gradients": look.gradients, "parameters": look.parameters}
    totals = {total: value for total in TOTALS if (value := getattr(look, total)) is not None}
    groups |= {"totals": {"": totals}, "given": {"": look.given}, "answer": {"": look.answer}}
    for group, named in groups.items():
        for name, statistics in named.items():
            for statistic, value in statistics.items():
                known = statistic in UNKNOWN or math.isfinite(value)
                yield (group, name, statistic), value if known else math.inf


def _named(by_name: Mapping[Name, Series], group: str) -> dict[str, dict[str, Series]]:
    found: dict[str, dict[str, Series]] = {}
    for (own, name, statistic), numbers in by_name.items():
        if own == group:
            found.setdefault(name, {})[statistic] = numbers
    return found
