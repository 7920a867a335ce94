"""A page that is sent around does not tell where its author's files are."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torchdemos.view.events import LoggedRun

# Somebody's home, on this machine or on the one that wrote the log.
NAME = r"[^/\\\s\"'`<>|:,;()]+"
HOMES = [
    rf"(?<![\w.~-])/(?:home|Users)/{NAME}",
    rf"\b[A-Za-z]:[\\/]+Users[\\/]+{NAME}",
]
END = r"(?![\w.-])"


def run(found: LoggedRun) -> LoggedRun:
    """The same run without anybody's home in its words."""
    words = {"texts": found.texts, "descriptions": found.descriptions, "answer": found.answer}
    return replace(found, **without_home(words))


def without_home(content: Any) -> Any:
    """The same words, lists and mappings with `~` for the home folder in every path."""
    if isinstance(content, str):
        return _home().sub("~", content)
    if isinstance(content, Mapping):
        return {without_home(key): without_home(value) for key, value in content.items()}
    return [without_home(value) for value in content] if isinstance(content, (list, tuple)) else content


def _home() -> re.Pattern[str]:
    own = str(Path.home())
    homes = [*HOMES, re.escape(own)] if len(Path(own).parts) > 1 else HOMES
    return re.compile(f"(?:{'|'.join(homes)}){END}")
