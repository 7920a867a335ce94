"""The flags that every demo has. This file imports no torch, so that `--help` answers at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro


def _folder(default: str) -> Any:
    return tyro.conf.arg(metavar="DIR", help_behavior_hint=f"(default: {default})")


ASK = Path("-")  # of `--predict` without a file


def _predict() -> Any:
    """A flag with a file or without one."""
    return tyro.constructors.PrimitiveConstructorSpec[Path | None](
        nargs="*",
        metavar="[FILE]",
        instance_from_str=_ask_or_read,
        is_instance=lambda found: found is None or isinstance(found, Path),
        str_from_instance=lambda found: [] if found in (None, ASK) else [str(found)],
    )


def _ask_or_read(words: list[str]) -> Path:
    if len(words) > 1:
        raise ValueError(f"one file, not {len(words)}")
    return Path(words[0]) if words else ASK


@dataclass(frozen=True)
class Config:
    """Flags that every demo has."""

    seed: int = 0
    """Seed of the weights and of the order of the digits."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    log_dir: Annotated[Path | None, _folder("logs/DEMO/DATE-TIME")] = None
    """Folder for this run's log, made fresh."""
    data_dir: Annotated[Path | None, _folder("$TORCHDEMOS_DATA, ./data, or else 5,000 embedded digits")] = None
    """Folder that holds the full MNIST, in MNIST/raw."""
    download: tyro.conf.FlagCreatePairsOff[bool] = False
    """Download the full MNIST into --data-dir (or ./data) if it is not there."""
    full: tyro.conf.FlagCreatePairsOff[bool] = False
    """Run the published experiments at their published size as well; needs the full MNIST."""
    check: tyro.conf.FlagCreatePairsOff[bool] = False
    """End with exit code 1 if a claim does not hold."""
    table: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print every prediction beside its measurement as well."""
    predict: Annotated[Path | None, _predict(), tyro.conf.arg(help_behavior_hint="(default: nothing is asked)")] = None
    """Ask for your own predictions first, or read them from FILE, as in {"edge": 0.05}."""
    json: tyro.conf.FlagCreatePairsOff[bool] = False
    """Print one JSON document, a list of demos with all that was predicted and measured; all else goes to stderr."""

    @property
    def question(self) -> str:
        """The question that the demo answers."""
        return (self.__doc__ or "").splitlines()[0]

    def validate(self) -> None:
        """Raise `ValueError` in one sentence if no run can have these settings."""
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed {self.seed} is out of range: give a whole number from 0 to 4294967295")
