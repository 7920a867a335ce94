"""The pictures of an exhibit, for `web/slides.js` to show: a card for each tag, with its runs side by side."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from torchdemos.view.events import LoggedRun, descriptions
from torchdemos.view.reporting import budget
from torchdemos.view.reporting.bitmaps import pixels

MAX_PIXELS, PIXELS_A_BYTE = 2**24, 50  # of one picture, and of all together by the bytes that they may have
TagAndRun = tuple[str, str]


class Pictures:
    """As many steps of every picture as fit into `max_bytes`; the pinned pictures come first."""

    def __init__(self, runs: Mapping[str, LoggedRun], pinned: Sequence[TagAndRun], max_bytes: int) -> None:
        found = {(tag, name): run.pictures[tag] for name, run in runs.items() for tag in run.pictures}
        ordered = {key: found[key] for key in sorted(found, key=lambda key: (key not in pinned, key))}
        drawn = {key: [one for one in steps if _can_be_drawn(one[1])] for key, steps in ordered.items()}
        drawn = {key: steps for key, steps in drawn.items() if steps}
        sizes = {key: [4 * len(png) // 3 + 8 for _, png in steps] for key, steps in drawn.items()}
        kept = budget.keep(drawn, sizes, max_bytes)
        unpacked = {key: [pixels(png) or 0 for _, png in steps] for key, steps in kept.items()}
        self._kept = budget.keep(kept, unpacked, PIXELS_A_BYTE * max_bytes)
        self._descriptions = descriptions(runs.values())
        self.omissions = budget.omissions("pictures", ordered, self._kept)

    def card(self, tag: str, runs: Sequence[str]) -> dict[str, Any]:
        """One tag in these runs, with one slider for their steps."""
        shown = [(run, self._kept[tag, run]) for run in runs if (tag, run) in self._kept]
        images = [
            {"name": run, "steps": [s for s, _ in steps], "png": [base64.b64encode(p).decode() for _, p in steps]}
            for run, steps in shown
        ]
        title = tag.rpartition("/")[2].lstrip("0123456789").replace("_", " ").strip()
        about = self._descriptions.get(tag, "").replace("`", "")
        return {"title": title or tag, "tag": tag, "about": about, "runs": images}

    def cards(self, without: Sequence[TagAndRun]) -> list[dict[str, Any]]:
        """A card for each tag, of all pictures that `without` does not name."""
        rest: dict[str, list[str]] = {}
        for tag, run in sorted(self._kept):
            if (tag, run) not in without:
                rest.setdefault(tag, []).append(run)
        return [self.card(tag, runs) for tag, runs in rest.items()]

    def has(self, tag: str, run: str) -> bool:
        return (tag, run) in self._kept


def _can_be_drawn(picture: bytes) -> bool:
    """Few bytes may unpack to more than a browser has room for."""
    return 0 < (pixels(picture) or 0) <= MAX_PIXELS
