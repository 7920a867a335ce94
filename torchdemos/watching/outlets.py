"""What becomes of a look: it is written, kept for the rules, and told of if something is wrong."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from torchdemos.diagnosis import Finding
from torchdemos.watching.alerts import Alerts, Tell
from torchdemos.watching.flight_recorder import FlightRecorder
from torchdemos.watching.look import Look
from torchdemos.watching.look_writer import LookWriter
from torchdemos.watching.neuron_images import NO_IMAGES, NeuronImages, Sight
from torchdemos.watching.newly_broken import NewlyBroken
from torchdemos.watching.notices import NOT_LOGGED, PAUSED, RESUMED, Notices
from torchdemos.watching.viewer import Find, Viewer


class Outlets:
    """Where looks go: to the `writer`, to a flight recorder of so many looks, to the function `alert`, to a `viewer`.

    Without a `writer` (on all ranks but the first) nothing is written. A disk that takes no more ends neither the
    training nor the watching: looks go on, and are written again once there is room.
    """

    def __init__(
        self,
        writer: LookWriter | None,
        alert: Tell | None,
        recorder: int,
        notices: Notices,
        viewer: Viewer | None = None,
    ) -> None:
        self._writer, self._viewer, self._notices, self._missed = writer, viewer, notices, 0
        self.shows_neurons = viewer is not None
        self._begun = False
        self._broken, self._alerts = NewlyBroken(), Alerts(alert)
        self._flight = FlightRecorder(recorder, writer, notices) if recorder and writer else None

    def begin(self, step: int) -> None:
        """Note the step at which a training begins, which a resumed run goes on from."""
        if self._writer and not self._begun:
            with suppress(OSError):  # a full disk shows at the first look
                self._writer.begin(step)
            self._begun = True

    def draws(self, step: int) -> bool:
        """Whether the neurons are to be drawn at this step."""
        drawing = self._viewer or self._writer
        return drawing is not None and drawing.draws(step)

    def take(self, look: Look, sight: Sight, due: bool, find: Find) -> None:
        """Write a look that is due, and hand all looks on to the recorder, the rules and the viewer."""
        newly_broken = self._broken.add(look)
        with self._flight.held() if self._flight else nullcontext():
            written = due and self._write(look, sight)
            if self._flight:
                self._flight.add(look, written, newly_broken)
        try:
            self._alerts.look(newly_broken, lambda: self._logged(look.step, find()))
        except Exception as error:  # of the user's own function
            self._notices.failure("be told to `alert`", error)
        try:
            if self._viewer:
                self._viewer.see(look, sight, find)
        except Exception as error:  # a page that cannot show something ends no training
            self._notices.failure("be shown", error)

    def _logged(self, step: int, findings: list[Finding]) -> list[Finding]:
        """The findings, after they are written as a text if there are others than the log tells."""
        words = "\n\n".join(
            f"**{own.kind}** ({own.level}, {own.layer or 'all layers'}): {own.message}" for own in findings
        )
        if self._writer:
            with suppress(OSError):  # a full disk shows at the next look
                self._writer.write_findings(step, words)
        return findings

    @property
    def folder(self) -> Path | None:
        """Where the log is, None if nothing is written."""
        return self._writer.folder if self._writer else None

    def log(self, step: int, scalars: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """Write what else is known of a step; what the disk does not take is named in a warning."""
        if self._writer:
            try:
                self._writer.log(step, scalars, texts)
            except OSError as error:
                self._notices.give(NOT_LOGGED.format(step=step, what=", ".join(texts or scalars), why=error.strerror))

    def write_recorded(self) -> None:
        """Write what the flight recorder keeps."""
        if self._flight:
            self._flight.write()

    @contextmanager
    def recorded_at_exceptions(self, *usual: type[BaseException]) -> Iterator[None]:
        """Write what is recorded if an exception leaves the `with` block, unless it is a `usual` one."""
        try:
            yield
        except usual:
            raise
        except BaseException:
            self.write_recorded()
            raise

    def close(self) -> None:
        """Leave SIGTERM to what handled it before, and see the log onto the disk."""
        if self._flight:
            self._flight.close()
        if self._writer:
            with suppress(OSError, RuntimeError):  # it was said at the latest look, or the owner has closed the board
                self._writer.sync()

    def __getstate__(self) -> dict[str, Any]:
        """A copy takes looks and gives them to nobody."""
        nobody = Outlets(None, None, 0, Notices())
        return vars(nobody)

    def _images(self, sight: Sight) -> NeuronImages:
        try:
            return sight.draw()
        except Exception as error:  # its numbers are written all the same
            self._notices.failure("be drawn", error)
            return NO_IMAGES

    def _write(self, look: Look, sight: Sight) -> bool:
        """Write a look, and return whether the log has it."""
        if not self._writer:
            return True
        try:
            self._writer.write(look, self._images(sight))
        except OSError as error:
            self._missed += 1
            self._notices.give(PAUSED.format(step=look.step, why=error.strerror), about="paused")
            return False
        except Exception as error:  # of ours, or a board that its owner has closed
            self._notices.failure("be written", error)
            return False
        if self._missed:
            self._notices.give(RESUMED.format(step=look.step, missed=self._missed), about="resumed")
            self._missed = 0
        return True
