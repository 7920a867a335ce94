"""The history of a watched model, out of its log: what the rules of the diagnosis read."""

import math
from collections.abc import Iterable, Mapping

import numpy as np

from torchdemos.diagnosis.history import History, Numbers, Statistics
from torchdemos.log import listing, tags
from torchdemos.log.call_order import by_call
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.thinning import evenly_spaced

FIRST, MOST = 32, 256  # looks that are read: the first, the latest, and others at even distances
OF_OUTPUTS = (
    "mean", "std", "abs_max", "zero_fraction", "dead_units", "long_dead", "saturated_units", "equal_units",
)  # fmt: skip
OF_PARAMETERS = ("norm", "grad_norm", "added_grad_norm", "update_ratio")
TOTALS = {
    "total": "gradient_norm",
    "total_unclipped": "unclipped_gradient_norm",
    "total_added": "added_gradient_norm",
    "total_left_over": "left_over_gradient_norm",
}
MOST_POWER = 300.0  # of ten that a float holds, with room to spare
UNKNOWN = ("dead_units", "saturated_units")  # where NaN means that

Points = Mapping[int, float]


class LoggedHistory:
    """Reads the numbers of one model, under a prefix of a run, at the chosen steps."""

    def __init__(self, run: LoggedRun, prefix: str, steps: Iterable[int]) -> None:
        self._run, self._prefix = run, prefix
        self._steps = list(steps)
        self._places = {step: place for place, step in enumerate(self._steps)}

    def history(self, gradients: profiles.Gradients, losses: profiles.Points) -> History:
        return History(
            steps=self._steps,
            outputs=self._outputs(),
            gradients=self._gradients(gradients),
            parameters=self._parameters(),
            totals=self._totals(),
            given=self._end("given"),
            answer=self._end("answer"),
            optimizer={name: self._series(points) for name, points in self._group(tags.OPTIMIZER).items()},
            losses=losses,
            kinds=self._listed(listing.KINDS),
            rows={name: float(rows) for name, rows in self._listed(listing.ROWS).items() if rows.isdecimal()},
            fed_by={name: _layers(feeders) for name, feeders in self._listed(listing.FEEDS).items()},
            frozen=listing.names(self._text(listing.FROZEN)),
            without_gradient=listing.names(self._text(listing.WITHOUT_GRADIENT)),
            silent=[tags.clean(name) for name in listing.names(self._text(listing.SILENT))],
        )

    def _outputs(self) -> dict[str, dict[str, Numbers]]:
        found: dict[str, dict[str, Numbers]] = {}
        for statistic in OF_OUTPUTS:
            for name, points in self._group(f"{tags.ACTIVATION_STATISTIC}_{statistic}").items():
                found.setdefault(name, {})[statistic] = self._series(points, statistic in UNKNOWN)
        nonfinite = self._group(tags.NONFINITE)
        for name, own in found.items():
            seen = ~np.isnan(own.get("mean", own.get("std", np.full(len(self._steps), np.nan))))
            bad = self._series(nonfinite.get(name, {}))
            own["finite_fraction"] = np.where(seen, 1 - np.nan_to_num(bad, posinf=1.0), np.nan)
            for statistic in ("long_dead", "equal_units"):  # written only where there are any
                own[statistic] = np.where(seen, np.nan_to_num(own.get(statistic, np.zeros(1))), np.nan)
        return found

    def _gradients(self, gradients: profiles.Gradients) -> dict[str, dict[str, Numbers]]:
        found, largest = dict[str, dict[str, Numbers]](), self._group(f"{tags.GRADIENT_NORM}_abs_max")
        for tag in gradients.tags:
            layer, norms = profiles.layer(tag), self._norms(gradients, tag)
            marked = np.where(np.isfinite(norms) & (norms != 0), np.nan, norms)
            own = _powers(self._series(largest.get(layer, {})))
            found[layer] = {"norm": norms, "abs_max": np.where(np.isnan(own), marked, own)}
        return {layer: own for layer, own in found.items() if not np.isnan(own["norm"]).all()}

    def _norms(self, gradients: profiles.Gradients, tag: str) -> Numbers:
        """The gradient norms of a layer; they are logged as logarithms, of which 0 and inf have none."""
        marks: dict[profiles.Cell, float] = {profiles.ZERO: 0.0, profiles.NOT_FINITE: math.inf, None: math.nan}
        cells = [gradients.cell(tag, step) for step in self._steps]
        norms = _powers(self._series(dict(self._run.scalars.get(tag, ()))))
        return np.where([isinstance(cell, float) for cell in cells], norms, [marks.get(cell, 0.0) for cell in cells])

    def _parameters(self) -> dict[str, Statistics]:
        start = f"{tags.prefixed(self._prefix, tags.PARAMETER)}_"
        names = (tag.partition("/")[2] for tag in self._run.scalars if tag.startswith(start))
        found: dict[str, dict[str, Numbers]] = {name: {} for name in names}  # in the order of the model
        for statistic in OF_PARAMETERS:
            group = f"{tags.PARAMETER}_{statistic}"
            for name, points in self._named(f"{group}_log10").items():
                found.setdefault(name, {})[statistic] = _powers(self._series(points, unknown=True))
            zeros = tags.UNCHANGED if statistic == "update_ratio" else f"{group}_zero"
            for marks, value in ((zeros, 0.0), (f"{group}_nonfinite", math.inf)):
                for name, points in self._named(marks).items():
                    own = found.setdefault(name, {}).setdefault(statistic, np.full(len(self._steps), np.nan))
                    own[[self._places[step] for step in points if step in self._places]] = value
        return dict(found)

    def _totals(self) -> dict[str, Numbers]:
        found, totals = self._group(tags.GRADIENT_SUMMARY), dict[str, Numbers]()
        for part, name in TOTALS.items():
            totals[name] = _powers(self._series(found.get(part, {})))
            for mark, value in (("zero", 0.0), ("nonfinite", math.inf)):
                totals[name][~np.isnan(self._series(found.get(f"{part}_{mark}", {})))] = value
        return {name: row for name, row in totals.items() if not np.isnan(row).all()}

    def _end(self, end: str) -> dict[str, Numbers]:
        start = f"{end}_"
        found = {name: points for name, points in self._group(tags.ENDS).items() if name.startswith(start)}
        return {name.removeprefix(start): self._series(points) for name, points in found.items()}

    def _group(self, group: str) -> dict[str, Points]:
        """The points of each layer, in call order."""
        ordered = by_call(self._tags(group), self._run.texts)
        return {profiles.layer(tag): dict(self._run.scalars[tag]) for tag in ordered}

    def _named(self, group: str) -> dict[str, Points]:
        """The points of each parameter."""
        return {tag.partition("/")[2]: dict(self._run.scalars[tag]) for tag in self._tags(group)}

    def _tags(self, group: str) -> list[str]:
        start = f"{tags.prefixed(self._prefix, group)}/"
        return [tag for tag in self._run.scalars if tag.startswith(start)]

    def _series(self, points: Points, unknown: bool = False) -> Numbers:
        """A number for each look; inf for what is not finite, unless that only says that it is unknown."""
        found = np.full(len(self._steps), np.nan)
        for step, value in points.items():
            if step in self._places:
                found[self._places[step]] = value if unknown or math.isfinite(value) else math.inf
        return found

    def _text(self, tag: str) -> str:
        return self._run.texts.get(tags.prefixed(self._prefix, tag), "")

    def _listed(self, tag: str) -> dict[str, str]:
        """What a text says of each layer, in call order."""
        found = {
            f"{tags.prefixed(self._prefix, tags.ACTIVATION_STD)}/{name}": words
            for name, words in listing.entries(self._text(tag)).items()
        }
        return {profiles.layer(name): found[name] for name in by_call(found, self._run.texts)}


def chosen(steps: list[int], marked: Iterable[int]) -> list[int]:
    """At most some hundred of these steps, those among them at which something was marked first."""
    middle = evenly_spaced(steps[FIRST:-FIRST], MOST)
    return sorted({*steps[:FIRST], *middle, *steps[-FIRST:], *marked} & set(steps))


def _powers(logs: Numbers) -> Numbers:
    """Ten to these powers, of which no finite one becomes 0 or inf."""
    return 10 ** np.where(np.isfinite(logs), np.clip(logs, -MOST_POWER, MOST_POWER), logs)


def _layers(feeders: str) -> list[str]:
    return [profiles.layer(f"/{name}") for name in feeders.split(", ") if name]
