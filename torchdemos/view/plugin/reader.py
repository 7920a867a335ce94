"""Reads what the tab shows of a log through TensorBoard's own data provider."""

from collections.abc import Sequence
from typing import Any, TypedDict

from tensorboard import errors
from tensorboard.data.provider import DataProvider, RunTagFilter

from torchdemos.log import answers
from torchdemos.log.call_order import text_tag
from torchdemos.log.plugin import PLUGIN
from torchdemos.view import profiles
from torchdemos.view.events import TEXT_SUFFIX, LoggedRun

SCALARS, TEXTS = "scalars", "text"
MAX_POINTS = 100_000  # more than TensorBoard's server keeps, so nothing is left out


class SnapshotSeries(TypedDict):
    """A tag of snapshots, and their steps."""

    run: str
    tag: str
    steps: list[int]


class MeasuredModel(TypedDict):
    """A model with logged gradient norms: its run, and the prefix of its tags."""

    run: str
    prefix: str


class LogReader:
    """Reads the snapshots and gradient norms of one experiment."""

    def __init__(self, data: DataProvider, context: Any, experiment: str) -> None:
        self._data = data
        self._experiment = {"ctx": context, "experiment_id": experiment}

    def neurons(self) -> list[SnapshotSeries]:
        found = self._data.read_blob_sequences(**self._experiment, plugin_name=PLUGIN, downsample=MAX_POINTS)
        return [
            {"run": run, "tag": tag, "steps": [datum.step for datum in data]}
            for run, tags in sorted(found.items())
            for tag, data in sorted(tags.items())
            if tag != answers.TAG
        ]

    def runs(self) -> dict[str, LoggedRun]:
        """Every run with its scalars, its texts and its answer."""
        scalars = self._data.read_scalars(**self._experiment, plugin_name=SCALARS, downsample=MAX_POINTS)
        texts = self._data.read_tensors(**self._experiment, plugin_name=TEXTS, downsample=MAX_POINTS)
        blobs = self._data.read_blob_sequences(
            **self._experiment, plugin_name=PLUGIN, downsample=1, run_tag_filter=RunTagFilter(tags=[answers.TAG])
        )
        found: dict[str, LoggedRun] = {}
        for run in sorted({*scalars, *texts, *blobs}):
            found[run] = LoggedRun(
                {tag: [(point.step, point.value) for point in data] for tag, data in scalars.get(run, {}).items()},
                texts={tag.removesuffix(TEXT_SUFFIX): _text(data[-1]) for tag, data in texts.get(run, {}).items()},
                answer=self._answer(blobs.get(run, {}).get(answers.TAG, ())),
            )
        return found

    def _answer(self, data: Sequence[Any]) -> answers.Page | None:
        keys = [blob.blob_key for datum in data for blob in datum.values]
        return answers.unpack(self.blob(keys[-1])) if keys else None

    def gradients(self) -> list[MeasuredModel]:
        return [
            {"run": run, "prefix": prefix}
            for run, tags in sorted(self._scalars().items())
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
        keys = next(([blob.blob_key for blob in datum.values] for datum in data if datum.step == step), None)
        if keys is None:
            raise errors.NotFoundError(f"there is no snapshot {tag!r} of run {run!r} at step {step}")
        return keys

    def blob(self, key: str) -> bytes:
        """The bytes behind a key. Raises `NotFoundError` for any key that `blobs` did not return."""
        try:
            return bytes(self._data.read_blob(self._experiment["ctx"], blob_key=key))
        except errors.PublicError:
            raise
        except Exception as error:  # each of the two providers fails in its own way on a foreign key
            raise errors.NotFoundError(f"there is no blob {key!r}") from error

    def profile(self, run: str, prefix: str) -> profiles.Profile:
        """Gradient norms by layer and step. Raises `NotFoundError` if the run has none under this prefix."""
        runs = self._scalars()
        tags = profiles.models(runs.get(run, ())).get(prefix)
        if tags is None:
            raise errors.NotFoundError(f"run {run!r} has no gradient norms of a model {prefix!r}")
        theory = profiles.theory_of(run, runs)
        predicted = self._points(theory, tags) if theory else None
        return profiles.profile(self._points(run, tags), predicted, texts=self._texts(run, text_tag(tags[0])))

    def _texts(self, run: str, tag: str) -> dict[str, str]:
        """The last version of the text under a tag, by the tag; empty if there is none."""
        only = RunTagFilter(runs=[run], tags=[tag + TEXT_SUFFIX])
        found = self._data.read_tensors(
            **self._experiment, plugin_name=TEXTS, downsample=MAX_POINTS, run_tag_filter=only
        )
        data = found.get(run, {}).get(tag + TEXT_SUFFIX)
        return {tag: _text(data[-1])} if data else {}

    def _scalars(self) -> dict[str, list[str]]:
        found = self._data.list_scalars(**self._experiment, plugin_name=SCALARS)
        return {run: list(tags) for run, tags in found.items()}

    def _points(self, run: str, tags: Sequence[str]) -> dict[str, list[tuple[int, float]]]:
        only = RunTagFilter(runs=[run], tags=tags)
        found = self._data.read_scalars(
            **self._experiment, plugin_name=SCALARS, downsample=MAX_POINTS, run_tag_filter=only
        ).get(run, {})
        return {tag: [(datum.step, datum.value) for datum in data] for tag, data in found.items()}


def _text(datum: Any) -> str:
    return str(datum.numpy.item(0).decode(errors="replace"))
