"""A look as one event on the board, and when the neurons are drawn."""

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from torchdemos.board import Board
from torchdemos.log import tags
from torchdemos.watching.look import Bins, Look
from torchdemos.watching.look_names import LookNames
from torchdemos.watching.look_scalars import LookScalars
from torchdemos.watching.look_texts import LookTexts
from torchdemos.watching.neuron_images import NeuronImages
from torchdemos.watching.schedules import next_round


class LookWriter:
    """Writes the looks of one watched model, under a prefix of its own; `drawn` says whether neurons are drawn at all.

    Layers are numbered in the order in which they are first seen, so that a layer's tag stays the same. If later looks
    tell another call order, a text tells it.
    """

    def __init__(self, board: Board, prefix: str, drawn: bool) -> None:
        self._board, self._prefix, self._drawn = board, prefix, drawn
        self._names = LookNames()
        self._scalars, self._texts = LookScalars(self._names), LookTexts(self._names)
        self._next_drawing, self._findings = 0, ""
        board.when_forgotten(self._forget)

    def _forget(self) -> None:
        """Nothing that is told once is in the log for sure."""
        self._next_drawing, self._findings = 0, ""
        self._texts.forget()

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
        self._names.add(look)
        self._board.log(
            look.step,
            scalars=dict(self._scalars.of(look)),
            histograms=dict(self._histograms(look)),
            pictures=images.pictures,
            blobs=images.blobs,
            texts=self._texts.news(look),
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

    def _histograms(self, look: Look) -> Iterator[tuple[str, Bins]]:
        yield from depth_profiles(look)
        for key, bins in look.histograms.items():
            yield f"{tags.ACTIVATION}/{self._names.layers[key]}", bins
        for name, bins in look.parameter_histograms.items():
            yield f"{tags.PARAMETER}/{self._names.parameters[name]}", bins
        for name, bins in look.gradient_histograms.items():
            yield f"{tags.PARAMETER_GRADIENT}/{self._names.parameters[name]}", bins


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
