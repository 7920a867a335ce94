"""What of a log cannot be read, in one sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Damage:
    """How much is left out because it is not as it was written.

    `records` have a wrong checksum or hold no event, `skipped` bytes belong to no record at all, the last `cut` bytes
    of files are the beginning of a record that has no end, and `files` could not be opened or are no plain files.
    """

    records: int = 0
    skipped: int = 0
    cut: int = 0
    files: int = 0

    def __add__(self, other: "Damage") -> "Damage":
        return Damage(
            self.records + other.records,
            self.skipped + other.skipped,
            self.cut + other.cut,
            self.files + other.files,
        )

    def __bool__(self) -> bool:
        return self != Damage()

    def __str__(self) -> str:
        """One sentence; empty where nothing is missing. A live run's last record is often not yet whole."""
        left_out = _and(_count(self.records, "damaged record"), _count(self.skipped, "damaged byte"))
        parts = [
            f"{left_out} {_is(self.records + self.skipped)} left out" if left_out else "",
            f"the last {_count(self.cut, 'byte')} {_is(self.cut)} cut off or still being written" if self.cut else "",
            f"{_count(self.files, 'file')} cannot be opened or {_is(self.files)} no plain file" if self.files else "",
        ]
        words = _and(*parts)
        return f"{words[0].upper()}{words[1:]}." if words else ""


def _and(*parts: str) -> str:
    given = [part for part in parts if part]
    return " and ".join(filter(None, [", ".join(given[:-1]), *given[-1:]]))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
