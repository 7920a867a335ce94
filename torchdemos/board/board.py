"""The board: a run that is being written for TensorBoard."""

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
from torchdemos.log.steps import step_number

Place = str | Path | SummaryWriter


class Board:
    """A run in TensorBoard: one folder, one event file, one event for each call of `log`.

    ```python
    from torchdemos import Board

    with Board("logs/mine") as board:
        for step, (inputs, targets) in enumerate(loader):
            loss = loss_fn(model(inputs), targets)
            board.log(step, scalars={"1_overview/loss": loss}, texts={"note": f"step {step}"})
    ```

    Everything that `log` is given is on disk when it returns. In place of a folder, a board takes an open
    `SummaryWriter` of PyTorch's, writes through it and never closes it.

    Raises `FileExistsError` for a folder that already holds something, `OSError` for one that cannot be written,
    `TypeError` for anything but a folder or a `SummaryWriter`, and `RuntimeError` in `log` after either is closed.
    """

    def __init__(self, folder: Place) -> None:
        self._file = (
            EventFile(Path(folder).expanduser()) if isinstance(folder, (str, os.PathLike)) else BorrowedFile(folder)
        )
        self.folder = self._file.folder
        self._described: set[str] = set()
        self._heads: dict[str, dict[str, bytes]] = {}  # of scalars that are described already, by prefix and tag
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

        Scalars are numbers, NaN and inf included (the first of these leaves a note in the Text tab). Histograms are
        (counts [n], edges [n + 1]). Pictures are tensors [3, H, W] with values from 0 to 1; `ValueError` for another
        shape. Texts are Markdown. Blobs are snapshots for the Neurons tab (see `snapshot`). A `prefix` keeps several
        models apart: with "generator", the tag `1_overview/loss` becomes `generator_1_overview/loss` and keeps its
        description. Raises `TypeError` and `ValueError` for a step that is no whole number of 64 bits.
        """
        step = step_number(step)
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
        """Write values that TensorBoard's tabs read only once, such as those of `board.layout`."""
        self._write(content, 0)

    def describe(self, about: Mapping[str, str]) -> None:
        """Say what tags or groups of tags (the part before the last slash) mean, here and in later variants.

        Call it before the first value of a tag: TensorBoard reads descriptions only there.
        """
        self._about |= about

    def variant(self, name: str) -> "Board":
        """A board for one variant of this run, in a folder below this one. Closing this board closes it too."""
        board = Board(self.folder / name)
        board.describe(self._about)
        self._variants.append(board)
        return board

    def close(self) -> None:
        """End the run and its variants; logging afterwards raises `RuntimeError`."""
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
        """Scalars with new tags as values still to be described, and all others as bytes."""
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
        """Describe the first value of each tag: TensorBoard reads descriptions only there."""
        plain, value.tag = value.tag, tags.prefixed(prefix, value.tag)
        if value.tag not in self._described:
            self._described.add(value.tag)
            values.describe(value, tags.describe(plain, self._about))
        return value

    def _note_non_finite(self, tagged: Iterable[str], numbers: list[float], step: int, prefix: str) -> list[Value]:
        """A text about the first NaN or inf under each prefix, because most charts do not show any."""
        if prefix in self._broken or all(map(math.isfinite, numbers)):
            return []
        self._broken.add(prefix)
        broken = next(tag for tag, number in zip(tagged, numbers, strict=True) if not math.isfinite(number))
        tag = tags.prefixed(prefix, broken)
        return [values.text("diagnosis", f"`{tag}` was not finite for the first time at step {step}.")]


def _number(value: float | Tensor) -> float:
    """A loss may still have its graph."""
    return float(value.detach() if isinstance(value, Tensor) else value)
