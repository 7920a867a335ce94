"""The only door to TensorBoard."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tensorboard.compat.proto.summary_pb2 import Summary
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from torchdemos.board import values, wire
from torchdemos.board.borrowed_file import BorrowedFile
from torchdemos.board.event_file import EventFile
from torchdemos.board.values import Value
from torchdemos.log import tags

Place = str | Path | SummaryWriter


class Board:
    """A run in TensorBoard: one folder, one event file, one event for each call of `log`.

    ```python
    with Board("logs/mine") as board:
        board.log(step, scalars={"1_overview/loss": loss})
    ```

    The folder is made fresh: one that already holds something is refused with `FileExistsError`,
    one that cannot be written raises `OSError`, each in a sentence. What `log` was given is on
    disk when it returns.

    In place of a folder it takes an open `SummaryWriter` of PyTorch's, writes through it and never
    closes it; logging after its owner closed it is a `RuntimeError`, any other object a `TypeError`.
    """

    def __init__(self, folder: Place) -> None:
        self._file = (
            EventFile(Path(folder).expanduser()) if isinstance(folder, (str, os.PathLike)) else BorrowedFile(folder)
        )
        self.folder = self._file.folder
        self._described: set[str] = set()
        self._heads: dict[str, dict[str, bytes]] = {}  # of the scalars that were described, by prefix
        self._about: dict[str, str] = {}
        self._broken: set[str] = set()
        self._variants: list[Board] = []

    def log(
        self,
        step: int,
        scalars: Mapping[str, float | Tensor] | None = None,
        histograms: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
        pictures: Mapping[str, Tensor] | None = None,
        texts: Mapping[str, str] | None = None,
        blobs: Mapping[str, Sequence[bytes]] | None = None,
        prefix: str = "",
    ) -> None:
        """Write everything known about one step as one event, by tag.

        Scalars are numbers, NaN and inf included (the first one leaves a note in the Text tab);
        histograms are (counts [n], edges [n + 1]); pictures are tensors [3, H, W] from 0 to 1;
        texts are Markdown; blobs are snapshots for the Neurons tab (see `snapshot`). A `prefix` keeps
        several models apart: with "generator" the tag `1_overview/loss` becomes
        `generator_1_overview/loss`, under the same description.
        """
        found, known = self._scalars(scalars or {}, step, prefix)
        for tag, bins in (histograms or {}).items():
            if (own := tags.prefixed(prefix, tag)) in self._described:
                known += wire.sized(wire.VALUE, wire.histogram(own, *bins))
            else:
                found.append(values.histogram(tag, *bins))
        found += [values.picture(tag, image) for tag, image in (pictures or {}).items()]
        found += [values.text(tag, markdown) for tag, markdown in (texts or {}).items()]
        found += [values.blobs(tag, contents) for tag, contents in (blobs or {}).items()]
        self._write(found, step, prefix, known)

    def show(self, *content: Value) -> None:
        """Write what TensorBoard's own tabs read once: see `board.layout`."""
        self._write(content, 0)

    def describe(self, about: Mapping[str, str]) -> None:
        """Say what tags mean, or groups of tags (the part before the last slash), here and in later variants.

        To be called before a tag's first value, which is where TensorBoard looks for it.
        """
        self._about |= about

    def variant(self, name: str) -> "Board":
        """A board for one variant of this run, in a folder of its own below this one; closed with it."""
        board = Board(self.folder / name)
        board.describe(self._about)
        self._variants.append(board)
        return board

    def close(self) -> None:
        """End the run and its variants; logging afterwards is an error."""
        for board in self._variants:
            board.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _scalars(self, scalars: Mapping[str, float | Tensor], step: int, prefix: str) -> tuple[list[Value], bytes]:
        """Those whose tags are new and must be described, and the others as they are written."""
        numbers = [n if type(n) is float else _number(n) for n in scalars.values()]
        found = self._note_non_finite(scalars, numbers, step, prefix)
        known = self._heads.setdefault(prefix, {})
        heads = [known.get(tag) for tag in scalars]
        if None in heads:
            new = {tag: n for tag, n, head in zip(scalars, numbers, heads, strict=True) if head is None}
            found += [values.scalar(tag, number) for tag, number in new.items()]
            numbers = [n for n, head in zip(numbers, heads, strict=True) if head is not None]
            known |= {tag: wire.head(tags.prefixed(prefix, tag)) for tag in new}
        return found, wire.scalars([head for head in heads if head is not None], numbers)

    def _write(self, content: Iterable[Value], step: int, prefix: str = "", known: bytes = b"") -> None:
        described = Summary(value=[self._describe(value, prefix) for value in content])
        if summary := known + described.SerializeToString():  # protobuf reads two messages in a row as one
            self._file.write(summary, step)

    def _describe(self, value: Value, prefix: str) -> Value:
        """TensorBoard reads what a tag is from its first value only."""
        plain, value.tag = value.tag, tags.prefixed(prefix, value.tag)
        if value.tag not in self._described:
            self._described.add(value.tag)
            values.describe(value, tags.describe(plain, self._about))
        return value

    def _note_non_finite(self, tagged: Iterable[str], numbers: list[float], step: int, prefix: str) -> list[Value]:
        """A NaN leaves no mark in most charts, so the first one under each prefix is put in words."""
        if prefix in self._broken or all(map(math.isfinite, numbers)):
            return []
        self._broken.add(prefix)
        broken = next(tag for tag, number in zip(tagged, numbers, strict=True) if not math.isfinite(number))
        tag = tags.prefixed(prefix, broken)
        return [values.text("diagnosis", f"`{tag}` was not finite for the first time at step {step}.")]


def _number(value: float | Tensor) -> float:
    """Also a loss that still has its graph."""
    return float(value.detach() if isinstance(value, Tensor) else value)
