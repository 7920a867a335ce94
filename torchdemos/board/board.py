"""The board: a run that is being written for TensorBoard."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import TracebackType
from typing import Self

from tensorboard.compat.proto.summary_pb2 import Summary
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from torchdemos.board import values, wire
from torchdemos.board.borrowed_file import BorrowedFile
from torchdemos.board.event_file import EventFile
from torchdemos.board.scalars import Scalars, Tagged, Tags
from torchdemos.board.values import Value
from torchdemos.log import tags
from torchdemos.log.places import place
from torchdemos.log.steps import step_number
from torchdemos.log.warning import warn

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

    The operating system has everything that `log` was given when it returns: a killed process loses nothing. A power
    cut may lose the latest half minute, and nothing that was logged before `sync` or `close` returned. If others remove
    the file or cut it short, the next `log` warns and goes on in a new one.

    In place of a folder, a board takes an open `SummaryWriter` of PyTorch's, writes through it and never closes it.

    With `resume` a run that stopped goes on in its folder, from the step that is logged first: what was logged at that
    step and later counts no more, in TensorBoard too. A folder that holds no run gets one.

    Raises `FileExistsError` for a folder that already holds something (with `resume`: to which another process writes),
    `OSError` for one that cannot be written, `ValueError` for a name that is no folder's, such as `s3://bucket`,
    `TypeError` for anything but a folder or a `SummaryWriter`, and in `log` `RuntimeError` after either is closed, and
    `OSError` if the disk takes no more, which loses nothing else.
    """

    def __init__(self, folder: Place, resume: bool = False) -> None:
        self._file = (
            EventFile(place(folder), resume) if isinstance(folder, (str, os.PathLike)) else BorrowedFile(folder, resume)
        )
        self.folder = self._file.folder
        self._resumed = self._file if isinstance(self._file, EventFile) and self._file.resumes else None
        self._resumes = resume
        self._first_step: int | None = None
        self._shown: list[Value] = []
        self._forgetful: list[Callable[[], object]] = []
        self._tags: Tags = tags.Unique(lambda named: tags.plain(tags.prefixed(*named)))
        self._described: set[str] = set()
        self._about: dict[str, str] = {}
        self._scalars = Scalars(self._tags)
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
        self.begin(step)
        own = {tag: self._tags[prefix, tag] for kind in (histograms, pictures, texts, blobs) for tag in kind or {}}
        found, known = self._scalars.of(scalars or {}, step, prefix)
        for tag, bins in (histograms or {}).items():
            if own[tag] in self._described:
                known += wire.sized(wire.VALUE, wire.histogram(own[tag], *bins))
            else:
                found.append((tag, values.histogram(own[tag], *bins)))
        found += [(tag, values.picture(own[tag], image)) for tag, image in (pictures or {}).items()]
        found += [(tag, values.text(own[tag], markdown)) for tag, markdown in (texts or {}).items()]
        found += [(tag, values.blobs(own[tag], contents)) for tag, contents in (blobs or {}).items()]
        self._write(found, step, known)

    def begin(self, step: int) -> None:
        """Say that a resumed run goes on from this step, unless it was said; `log` does it by itself.

        For a loop that logs only some of its steps: give it the first one. Raises `OSError` as `log` does.
        """
        if news := self._file.renew():
            self._forget()
            self._show(self._shown)
            warn(news)
        if self._resumed:
            self._first_step = step_number(step) if self._first_step is None else self._first_step
            self._resumed.restart(self._first_step)
            self._resumed = None
            self._show(self._shown)

    def show(self, *content: Value) -> None:
        """Write values that TensorBoard's tabs read only once, such as those of `board.layout`."""
        self._shown += content
        if not self._resumed:
            self._show(content)

    def when_forgotten(self, act: Callable[[], object]) -> None:
        """Call `act` whenever the log may lack what it was told before: tell it again with the next `log`."""
        self._forgetful.append(act)

    def sync(self) -> None:
        """Return when the disk has the log, so that a power cut cannot take it; of a `SummaryWriter` only flush it.

        Raises `OSError` if the disk does not take it.
        """
        for board in self._variants:
            board.sync()
        self._file.sync()

    def describe(self, about: Mapping[str, str]) -> None:
        """Say what tags or groups of tags (the part before the last slash) mean, here and in later variants.

        Call it before the first value of a tag: TensorBoard reads descriptions only there.
        """
        self._about |= about

    def variant(self, name: str) -> "Board":
        """A board for one variant of this run, in a folder below this one. Closing this board closes it too."""
        board = Board(self._file.home / name, self._resumes)
        board.describe(self._about)
        self._variants.append(board)
        return board

    def close(self) -> None:
        """End the run and its variants, and see them onto the disk; logging afterwards raises `RuntimeError`."""
        for board in self._variants:
            board.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _show(self, content: Iterable[Value]) -> None:
        self._write([(value.tag, deepcopy(value)) for value in content], 0)

    def _write(self, content: Iterable[Tagged], step: int, known: bytes = b"") -> None:
        described = Summary(value=[self._describe(*tagged) for tagged in content])
        if summary := known + described.SerializeToString():  # protobuf reads two messages in a row as one
            try:
                self._file.write(summary, step)
            except OSError:
                self._forget()
                raise

    def _describe(self, plain: str, value: Value) -> Value:
        """Describe the first value of each tag: TensorBoard reads descriptions only there."""
        if value.tag not in self._described:
            self._described.add(value.tag)
            values.describe(value, tags.describe(plain, self._about))
        return value

    def _forget(self) -> None:
        """What was said once is to be said again, because it may not be in the log."""
        self._described.clear()
        self._scalars.forget()
        for act in self._forgetful:
            act()
