"""What one call of `run.py` was asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`only` and `watchers` narrow what is measured; `rounds` is how often everything is repeated."""

    only: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    threads: int = 2
    rounds: int = 15
