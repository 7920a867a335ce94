"""A look as one event on the board: which number goes under which tag, and when the neurons are drawn."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from torchdemos.board import Board
from torchdemos.log import call_order, listing, tags
from torchdemos.watching.call_order import CallOrder
from torchdemos.watching.look import Bins, Look
from torchdemos.watching.neuron_images import NeuronImages
from torchdemos.watching.schedules import next_round

ROUNDING = 1e-4  # by which two norms of the same gradients may differ
UNKNOWN_UNITS = "Outputs of which nobody knows which dimension holds the units, so that dead units are not counted"
OF_UNITS = ("dead_units", "saturated_units")
ONLY_IF_ANY = ("long_dead", "equal_units")
NO_ACTIVATION = "Layers that gave no activation"
NO_GRADIENT_REQUIRED = "Parameters that require no gradient"
NO_GRADIENT_GOT = "Parameters that train and got no gradient"
NORMS = ("norm", "grad_norm", "added_grad_norm")
SUMMARY = ("min", "median", "max", "first_over_last")


class LookWriter:
    """Writes the looks of one watched model, under a prefix of its own; `drawn` says whether neurons are drawn at all.

    Layers are numbered in the order in which they are first seen, so that a layer's tag stays the same. If later looks
    tell another call order, a text tells it.
    """

    def __init__(self, board: Board, prefix: str, drawn: bool) -> None:
        self._board, self._prefix, self._drawn = board, prefix, drawn
        self._numbered: dict[str, str] = {}
        self._order = CallOrder()
        self._parameter_tags = tags.Unique(tags.clean)
        self._kinds: dict[str, str] = {}
        self._rows: dict[str, int] = {}
        self._forget()
        board.when_forgotten(self._forget)
        self._comparable_looks = self._clipped_looks = 0

    def _forget(self) -> None:
        """Nothing that is told once is in the log for sure."""
        self._next_drawing = 0
        self._told_order: list[str] = []
        self._facts: tuple[Any, ...] = ()
        self._said = {  # what needs no text as long as it is so
            listing.FEEDS: "",
            listing.FROZEN: listing.sentence(NO_GRADIENT_REQUIRED, []),
            listing.WITHOUT_GRADIENT: listing.sentence(NO_GRADIENT_GOT, []),
        }
        self._unsaid: tuple[list[str], list[str]] = [], []
        self._findings = ""

    def begin(self, step: int) -> None:
        """Say where a run goes on that is resumed. Raises `OSError` in a sentence if the disk takes no more."""
        self._board.begin(step)

    def sync(self) -> None:
        """Return when the disk has the log. Raises `OSError` in a sentence if it does not take it."""
        self._board.sync()

    def draws(self, step: int) -> bool:
        """Whether the neurons are to be drawn at this step: at 0, 1, 2, 5, 10, 20, 50, ..."""
        return self._drawn and step >= self._next_drawing

    def write(self, look: Look, images: NeuronImages) -> None:
        """Write a look as one event. Raises `OSError` in a sentence if the disk takes no more."""
        self._board.begin(look.step)  # first, because it may find that all is to be told again
        if images.blobs:
            self._next_drawing = next_round(look.step)
        self._number_layers(look)
        self._board.log(
            look.step,
            scalars=dict(self._scalars(look)),
            histograms=dict(self._histograms(look)),
            pictures=images.pictures,
            blobs=images.blobs,
            texts=self._texts(look),
            prefix=self._prefix,
        )

    def write_findings(self, step: int, words: str) -> None:
        """Write what is wrong as a text, if the log tells another. Raises `OSError` as `write` does."""
        self._board.begin(step)
        if words != self._findings:
            self._findings = words
            texts = {"findings": words or "Nothing is known to be wrong."}
            self._board.log(step, texts=texts, prefix=self._prefix)

    @property
    def folder(self) -> Path:
        return self._board.folder

    def log(self, step: int, scalars: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """Write what else is known of a step. Raises `OSError` as `write` does."""
        self._board.log(step, scalars=scalars, texts=texts, prefix=self._prefix)

    def _number_layers(self, look: Look) -> None:
        for key in look.activations:
            if key not in self._numbered:
                self._numbered[key] = tags.layer(len(self._numbered), key, len(look.activations))
        self._order.add(list(look.activations))

    def _texts(self, look: Look) -> dict[str, str]:
        return self._newly_ordered() | self._newly_listed(look) | self._newly_unsaid(look)

    def _newly_ordered(self) -> dict[str, str]:
        """A text whenever the call order is not the one that the log tells so far."""
        order = [self._numbered[key] for key in self._order.keys]
        told = set(self._told_order)
        if order == [*self._told_order, *(layer for layer in self._numbered.values() if layer not in told)]:
            return {}
        self._told_order = order
        return {call_order.TAG: call_order.text(order)}

    def _newly_listed(self, look: Look) -> dict[str, str]:
        """A text whenever there is other news of layers and parameters than the log tells so far."""
        self._rows |= {key: max(rows, self._rows.get(key, 0)) for key, rows in look.rows.items()}
        facts = dict(self._rows), look.kinds, look.fed_by, look.frozen, look.without_gradient
        if facts == self._facts:
            return {}
        self._facts = facts
        self._kinds |= {self._numbered[key]: kind for key, kind in look.kinds.items()}
        fed_by = {layer: feeders for layer, feeders in look.fed_by.items() if layer in self._numbered}
        lists = {
            listing.KINDS: self._kinds,
            listing.ROWS: {self._numbered[key]: str(rows) for key, rows in self._rows.items()},
            listing.FEEDS: {self._numbered[layer]: self._names(feeders) for layer, feeders in fed_by.items()},
        }
        texts = {tag: listing.text(entries) for tag, entries in lists.items()}
        texts[listing.FROZEN] = self._sentence(NO_GRADIENT_REQUIRED, look.frozen)
        texts[listing.WITHOUT_GRADIENT] = self._sentence(NO_GRADIENT_GOT, look.without_gradient)
        news = {tag: words for tag, words in texts.items() if words != self._said.get(tag)}
        self._said |= news
        return news

    def _names(self, layers: Sequence[str]) -> str:
        return ", ".join(self._numbered[layer] for layer in layers if layer in self._numbered)

    def _sentence(self, what: str, parameters: Sequence[str]) -> str:
        return listing.sentence(what, [self._parameter_tags[name] for name in parameters])

    def _scalars(self, look: Look) -> Iterator[tuple[str, float]]:
        """Every number of a look that a chart can show; 0 and what is not finite have no place on a log axis."""
        if look.loss is not None:
            yield tags.LOSS, look.loss
        for key, statistics in look.activations.items():
            yield from _of_output(self._numbered[key], statistics)
        for key, statistics in look.gradients.items():
            yield from _of_gradient(self._numbered[key], statistics)
        for name, statistics in look.parameters.items():
            yield from _of_parameter(self._parameter_tags[name], statistics)
        for end, statistics in (("given", look.given), ("answer", look.answer)):
            yield from ((f"{tags.ENDS}/{end}_{statistic}", value) for statistic, value in statistics.items())
        yield from ((f"{tags.OPTIMIZER}/{setting}", value) for setting, value in look.optimizer.items())
        yield from self._totals(look)
        yield from _summary(look)

    def _totals(self, look: Look) -> Iterator[tuple[str, float]]:
        """All gradients together: as the step took them, as they were before clipping, as backward added them."""
        taken, unclipped = look.gradient_norm, look.unclipped_gradient_norm
        if taken is not None:
            yield from _total("total", taken)
        if look.added_gradient_norm is not None:
            yield from _total("total_added", look.added_gradient_norm)
        if look.left_over_gradient_norm is not None:
            yield from _total("total_left_over", look.left_over_gradient_norm)
        if taken is not None and unclipped is not None:
            self._comparable_looks += 1
            self._clipped_looks += taken < (1 - ROUNDING) * unclipped
            yield from _total("total_unclipped", unclipped)
            yield f"{tags.GRADIENT_SUMMARY}/clipped_share", self._clipped_looks / self._comparable_looks

    def _histograms(self, look: Look) -> Iterator[tuple[str, Bins]]:
        yield from depth_profiles(look)
        for key, bins in look.histograms.items():
            yield f"{tags.ACTIVATION}/{self._numbered[key]}", bins
        for name, bins in look.parameter_histograms.items():
            yield f"{tags.PARAMETER}/{self._parameter_tags[name]}", bins
        for name, bins in look.gradient_histograms.items():
            yield f"{tags.PARAMETER_GRADIENT}/{self._parameter_tags[name]}", bins

    def _newly_unsaid(self, look: Look) -> dict[str, str]:
        """A text whenever there are other layers than before of which something cannot be said."""
        unknown = [key for key, statistics in look.activations.items() if math.isnan(statistics["dead_units"])]
        if (look.silent, unknown) == self._unsaid:
            return {}
        self._unsaid = look.silent, unknown
        sentences = [listing.sentence(NO_ACTIVATION, look.silent)]
        sentences += [listing.sentence(UNKNOWN_UNITS, unknown)] if unknown else []
        return {listing.SILENT: " ".join(sentences)}


def depth_profiles(look: Look) -> Iterator[tuple[str, Bins]]:
    """Histograms in which bar i is layer i: gradient norm and spread of the outputs, by depth."""
    bars = {
        tags.GRADIENT_PROFILE: [statistics["norm"] for statistics in look.gradients.values()],
        tags.ACTIVATION_PROFILE: [statistics["std"] for statistics in look.activations.values()],
    }
    for tag, values in bars.items():
        if bins := profile(values):
            yield tag, bins


def profile(values: Iterable[float]) -> Bins | None:
    """One bar for each value, relative to the largest; None if there is nothing finite to draw."""
    bars = [value if math.isfinite(value) else 0.0 for value in values]
    largest = max(bars, default=0.0)
    return ([bar / largest for bar in bars], [float(i) for i in range(len(bars) + 1)]) if largest > 0 else None


def _of_output(layer: str, statistics: dict[str, float]) -> Iterator[tuple[str, float]]:
    for name, value in statistics.items():
        if (name in OF_UNITS and math.isnan(value)) or (name in ONLY_IF_ANY and not value > 0):
            continue
        if name != "finite_fraction":
            yield f"{tags.ACTIVATION_STATISTIC}_{name}/{layer}", value
        elif value < 1:
            yield f"{tags.NONFINITE}/{layer}", 1 - value


def _of_gradient(layer: str, statistics: dict[str, float]) -> Iterator[tuple[str, float]]:
    yield from _logarithm(f"{tags.GRADIENT_NORM}/{layer}", statistics["norm"])
    yield from _logarithm(f"{tags.GRADIENT_NORM}_abs_max/{layer}", statistics["abs_max"])
    if not math.isfinite(statistics["norm"]):
        yield f"{tags.NONFINITE_GRADIENT}/{layer}", 1.0
    elif statistics["norm"] == 0:
        yield f"{tags.ZERO_GRADIENT}/{layer}", 1.0


def _of_parameter(name: str, statistics: dict[str, float]) -> Iterator[tuple[str, float]]:
    for statistic, value in statistics.items():
        group = f"{tags.PARAMETER}_{statistic}"
        if statistic in NORMS:
            yield from _marked(group, f"/{name}", value)
        yield from _logarithm(f"{group}_log10/{name}", value)
    if statistics.get("update_ratio") == 0:
        yield f"{tags.UNCHANGED}/{name}", 1.0


def _total(part: str, value: float) -> Iterator[tuple[str, float]]:
    yield from _logarithm(f"{tags.GRADIENT_SUMMARY}/{part}", value)
    yield from _marked(f"{tags.GRADIENT_SUMMARY}/{part}", "", value)


def _marked(tag: str, end: str, value: float) -> Iterator[tuple[str, float]]:
    """A mark beside the tag of a logarithm where there is none."""
    if value == 0:
        yield f"{tag}_zero{end}", 1.0
    elif not math.isfinite(value):
        yield f"{tag}_nonfinite{end}", 1.0


def _summary(look: Look) -> Iterator[tuple[str, float]]:
    """The layers' log10 gradient norms at a glance."""
    logs = [math.log10(norm) for g in look.gradients.values() if 0 < (norm := g["norm"]) < math.inf]
    found: Sequence[float] = (min(logs), median(logs), max(logs), logs[0] - logs[-1]) if logs else ()
    for part, value in zip(SUMMARY, found, strict=False):
        yield f"{tags.GRADIENT_SUMMARY}/{part}", value


def _logarithm(tag: str, value: float) -> Iterator[tuple[str, float]]:
    """log10 under a tag, if the value has one."""
    if 0 < value < math.inf:
        yield tag, math.log10(value)
