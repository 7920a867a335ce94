"""The runs of a log as TensorBoard's server has them. What was read is kept until the run has grown."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tensorboard.data.provider import DataProvider, RunTagFilter

from torchdemos.log import answers
from torchdemos.log.plugin import PLUGIN
from torchdemos.view.answers import older
from torchdemos.view.branches import latest
from torchdemos.view.events import LoggedRun
from torchdemos.view.plugin import provider
from torchdemos.view.plugin.provider import MAX_POINTS, SCALARS, TEXTS
from torchdemos.view.values import TEXT_SUFFIX

MAX_KEPT = 60  # runs with all their points: more than the list of all answers reads
OUTLINE_TEXTS = [f"{name}{TEXT_SUFFIX}" for name in (older.README, older.RESULT)]

Size = tuple[int, float, int]
"""How far a run has come: the number of its series, when the latest value was written, the sum of their last steps."""


@dataclass
class Memory:
    """What was read of each run, and the size that it had then."""

    outlines: dict[str, tuple[Size, LoggedRun]] = field(default_factory=dict)
    whole: dict[str, tuple[Size, LoggedRun]] = field(default_factory=dict)


class Runs:
    """The runs of one experiment at this moment."""

    def __init__(self, data: DataProvider, context: Any, experiment: str, memory: Memory) -> None:
        self._data = data
        self._experiment = {"ctx": context, "experiment_id": experiment}
        self._memory = memory
        scalars = data.list_scalars(**self._experiment, plugin_name=SCALARS)
        texts = data.list_tensors(**self._experiment, plugin_name=TEXTS)
        blobs = data.list_blob_sequences(**self._experiment, plugin_name=PLUGIN)
        self._tags = {run: list(series) for run, series in scalars.items()}
        listed = (scalars, texts, blobs)
        self._sizes = {
            run: _size([one for series in listed for one in series.get(run, {}).values()])
            for run in sorted({*scalars, *texts, *blobs})
        }

    @property
    def stamp(self) -> str:
        """Words that change whenever the log grows."""
        return f"{zlib.crc32(repr(self._sizes).encode()):08x}"

    def outlines(self) -> Mapping[str, LoggedRun]:
        """Every run with its page, its README and its RESULT; of its scalars only the tags."""
        known = self._memory.outlines
        changed = [run for run, size in self._sizes.items() if run not in known or known[run][0] != size]
        if changed:
            known |= {run: (self._sizes[run], outline) for run, outline in self._read_outlines(changed)}
        return {run: known[run][1] for run in self._sizes}

    def whole(self, run: str) -> LoggedRun:
        """A run with all its scalars and texts. Raises `KeyError`."""
        size, known = self._sizes[run], self._memory.whole
        if run not in known or known[run][0] != size:
            known.pop(run, None)
            known[run] = size, self._read_whole(run)
            for oldest in list(known)[:-MAX_KEPT]:
                known.pop(oldest, None)
        return known[run][1]

    def _read_outlines(self, runs: list[str]) -> Iterable[tuple[str, LoggedRun]]:
        """Of a few runs only what they hold is asked for; of most runs everything, which is one short question."""
        few = runs if len(runs) < len(self._sizes) else None
        texts = self._data.read_tensors(
            **self._experiment, plugin_name=TEXTS, downsample=1, run_tag_filter=RunTagFilter(few, OUTLINE_TEXTS)
        )
        pages = self._data.read_blob_sequences(
            **self._experiment, plugin_name=PLUGIN, downsample=1, run_tag_filter=RunTagFilter(few, [answers.TAG])
        )
        for run in runs:
            yield (
                run,
                LoggedRun(
                    scalars={tag: [] for tag in self._tags.get(run, ())},
                    texts=_texts(texts.get(run, {})),
                    answer=provider.page(self._data, self._experiment["ctx"], pages.get(run, {}).get(answers.TAG, ())),
                    ended=self._sizes[run][1],
                ),
            )

    def _read_whole(self, run: str) -> LoggedRun:
        only = RunTagFilter(runs=[run])
        asked = {**self._experiment, "downsample": MAX_POINTS, "run_tag_filter": only}
        scalars = self._data.read_scalars(**asked, plugin_name=SCALARS).get(run, {})
        texts = self._data.read_tensors(**asked, plugin_name=TEXTS).get(run, {})
        return LoggedRun(
            scalars={tag: latest([(point.step, point.value) for point in data]) for tag, data in scalars.items()},
            texts=_texts(texts),
            ended=self._sizes[run][1],
        )


def _size(series: list[Any]) -> Size:
    return len(series), max((one.max_wall_time for one in series), default=0.0), sum(one.max_step for one in series)


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {tag.removesuffix(TEXT_SUFFIX): provider.text(data[-1]) for tag, data in found.items() if data}
