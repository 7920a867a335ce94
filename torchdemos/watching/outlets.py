"""What becomes of a look: it is written, kept for the rules, and told of if something is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from torchdemos.diagnosis import Finding
from torchdemos.watching.alerts import Alerts, Tell
from torchdemos.watching.flight_recorder import FlightRecorder
from torchdemos.watching.look import Look
from torchdemos.watching.look_writer import LookWriter
from torchdemos.watching.neuron_images import NeuronImages
from torchdemos.watching.newly_broken import NewlyBroken
from torchdemos.watching.notices import Notices


class Outlets:
    """Where looks go: to the `writer`, to a flight recorder of so many looks, and to the function `alert`.

    Without a `writer` (on all ranks but the first) nothing is written. `owns_folder` says that nobody else writes to
    the folder: a full disk then ends the watching and not the training, and `full` says so.
    """

    def __init__(
        self, writer: LookWriter | None, owns_folder: bool, alert: Tell | None, recorder: int, notices: Notices
    ) -> None:
        self.full, self._said = False, ""
        self._writer, self._owns_folder, self._notices = writer, owns_folder, notices
        self._broken, self._alerts = NewlyBroken(), Alerts(alert)
        self._flight = FlightRecorder(recorder, writer, notices) if recorder and writer else None

    def draws(self, step: int) -> bool:
        """Whether the neurons are to be drawn at this step."""
        return self._writer is not None and self._writer.draws(step)

    def take(self, look: Look, images: NeuronImages, due: bool, find: Callable[[], list[Finding]]) -> None:
        """Write a look that is due, and hand all looks on to the recorder and the rules."""
        newly_broken = self._broken.add(look)
        with self._flight.held() if self._flight else nullcontext():
            if due:
                self._write(look, images)
            if self._flight:
                self._flight.add(look, due, newly_broken)
        try:
            self._alerts.look(newly_broken, lambda: self._logged(look.step, find()))
        except Exception as error:  # of the user's own function
            self._notices.failure("be told to `alert`", error)

    def _logged(self, step: int, findings: list[Finding]) -> list[Finding]:
        """The findings, after they are written as a text if there are others than the log tells."""
        words = "\n\n".join(
            f"**{own.kind}** ({own.level}, {own.layer or 'all layers'}): {own.message}" for own in findings
        )
        if self._writer and words != self._said:
            self._said = words
            with suppress(OSError):  # a full disk shows at the next look
                self._writer.write_findings(step, words or "Nothing is known to be wrong.")
        return findings

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
        """Leave SIGTERM to what handled it before."""
        if self._flight:
            self._flight.close()

    def __getstate__(self) -> dict[str, Any]:
        """A copy takes looks and gives them to nobody."""
        nobody = Outlets(None, False, None, 0, Notices())
        return vars(nobody)

    def _write(self, look: Look, images: NeuronImages) -> None:
        try:
            if self._writer:
                self._writer.write(look, images)
        except OSError as error:
            if not self._owns_folder:
                raise
            self.full, self._flight = True, None
            self._notices.give(f"watching stops here, training goes on: {error.strerror}")
