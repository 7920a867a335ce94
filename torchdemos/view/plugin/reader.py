"""Reads what the tab shows of a log through TensorBoard's own data provider."""

from collections.abc import Sequence
from typing import Any, TypedDict

from tensorboard import errors
from tensorboard.data.provider import DataProvider, RunTagFilter

from torchdemos.log import answers, colours, listing
from torchdemos.log.call_order import text_tag
from torchdemos.log.plugin import PLUGIN
from torchdemos.log.tags import prefixed
from torchdemos.view import profiles
from torchdemos.view.branches import latest
from torchdemos.view.plugin import provider
from torchdemos.view.plugin.provider import MAX_POINTS, SCALARS, TEXTS
from torchdemos.view.plugin.runs import Memory, Runs
from torchdemos.view.values import TEXT_SUFFIX


class SnapshotSeries(TypedDict):
    """A tag of snapshots, and their steps."""

    run: str
    tag: str
    steps: list[int]


class MeasuredModel(TypedDict):
    """A model with logged gradient norms: its run, the colour of that run, and the prefix of its tags."""

    run: str
    prefix: str
    colour: str


class LogReader:
    """Reads the snapshots and gradient norms of one experiment."""

    def __init__(self, data: DataProvider, context: Any, experiment: str) -> None:
        self._data = data
        self._experiment = {"ctx": context, "experiment_id": experiment}

    def runs(self, memory: Memory) -> Runs:
        """Every run as it is now; what `memory` has of it is not read again."""
        return Runs(self._data, self._experiment["ctx"], self._experiment["experiment_id"], memory)

    def neurons(self) -> list[SnapshotSeries]:
        found = self._data.read_blob_sequences(**self._experiment, plugin_name=PLUGIN, downsample=MAX_POINTS)
        return [
            {"run": run, "tag": tag, "steps": sorted({datum.step for datum in data})}
            for run, tags in sorted(found.items())
            for tag, data in sorted(tags.items())
            if tag != answers.TAG
        ]

    def gradients(self) -> list[MeasuredModel]:
        found = self._scalars()
        shades = colours.of_runs(found)
        return [
            {"run": run, "prefix": prefix, "colour": shades[run]}
            for run, tags in sorted(found.items())
            if not profiles.is_theory(run)
            for prefix in sorted(profiles.models(tags))
        ]

    def blobs(self, run: str, tag: str, step: int) -> list[str]:
        """The keys of a snapshot's blobs. Raises `NotFoundError` if there is no such snapshot."""
        only = RunTagFilter(runs=[run], tags=[tag])
        found = self._data.read_blob_sequences(
            **self._experiment, plugin_name=PLUGIN, downsample=MAX_POINTS, run_tag_filter=only
        )
        data = found.get(run, {}).get(tag, ())
        keys = [[blob.blob_key for blob in datum.values] for datum in data if datum.step == step]
        if not keys:
            raise errors.NotFoundError(f"there is no snapshot {tag!r} of run {run!r} at step {step}")
        return keys[-1]  # of several, what was written last counts

    def blob(self, key: str) -> bytes:
        """The bytes behind a key. Raises `NotFoundError` for any key that `blobs` did not return."""
        return provider.blob(self._data, self._experiment["ctx"], key)

    def profile(self, run: str, prefix: str) -> profiles.Profile:
        """Gradient norms by layer and step. Raises `NotFoundError` if the run has none under this prefix."""
        runs = self._scalars()
        tags = profiles.models(runs.get(run, ())).get(prefix)
        if tags is None:
            raise errors.NotFoundError(f"run {run!r} has no gradient norms of a model {prefix!r}")
        theory = profiles.theory_of(run, runs)
        predicted = self._points(theory, tags) if theory else None
        texts = self._texts(run, [text_tag(tags[0]), prefixed(prefix, listing.KINDS)])
        return profiles.profile(self._points(run, tags), predicted, texts=texts)

    def _texts(self, run: str, tags: Sequence[str]) -> dict[str, str]:
        """The last versions of the texts under these tags, by the tag."""
        only = RunTagFilter(runs=[run], tags=[tag + TEXT_SUFFIX for tag in tags])
        found = self._data.read_tensors(
            **self._experiment, plugin_name=TEXTS, downsample=MAX_POINTS, run_tag_filter=only
        )
        return {tag.removesuffix(TEXT_SUFFIX): provider.text(data[-1]) for tag, data in found.get(run, {}).items()}

    def _scalars(self) -> dict[str, list[str]]:
        found = self._data.list_scalars(**self._experiment, plugin_name=SCALARS)
        return {run: list(tags) for run, tags in found.items()}

    def _points(self, run: str, tags: Sequence[str]) -> dict[str, list[tuple[int, float]]]:
        only = RunTagFilter(runs=[run], tags=tags)
        found = self._data.read_scalars(
            **self._experiment, plugin_name=SCALARS, downsample=MAX_POINTS, run_tag_filter=only
        ).get(run, {})
        return {tag: latest([(datum.step, datum.value) for datum in data]) for tag, data in found.items()}
