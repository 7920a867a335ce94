"""The pictures of a run, for `web/slides.js` to show: a card for each tag, its runs side by side."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from torchdemos.view.events import Run, descriptions
from torchdemos.view.reporting import fitting

Key = tuple[str, str]  # tag, run


class Pictures:
    """As many steps of every picture as fit into a budget of bytes, the pinned ones before all."""

    def __init__(self, runs: Mapping[str, Run], pinned: Sequence[Key], budget: int) -> None:
        found = {(tag, name): run.pictures[tag] for name, run in runs.items() for tag in run.pictures}
        self._all = {key: found[key] for key in sorted(found, key=lambda key: (key not in pinned, key))}
        sizes = {key: [4 * len(png) // 3 + 8 for _, png in steps] for key, steps in self._all.items()}
        self._kept = fitting.fit(self._all, sizes, budget)
        self._about = descriptions(runs.values())
        self.left_out = fitting.left_out("pictures", self._all, self._kept)

    def card(self, tag: str, runs: Sequence[str]) -> dict[str, Any]:
        """One tag in these runs, under one slider of their steps."""
        shown = [(run, self._kept[tag, run]) for run in runs if (tag, run) in self._kept]
        images = [
            {"name": run, "steps": [s for s, _ in steps], "png": [base64.b64encode(p).decode() for _, p in steps]}
            for run, steps in shown
        ]
        title = tag.rpartition("/")[2].lstrip("0123456789").replace("_", " ").strip()
        return {"title": title or tag, "tag": tag, "about": self._about.get(tag, "").replace("`", ""), "runs": images}

    def cards(self, without: Sequence[Key]) -> list[dict[str, Any]]:
        """All that `without` does not name, a card for each tag."""
        rest: dict[str, list[str]] = {}
        for tag, run in sorted(self._kept):
            if (tag, run) not in without:
                rest.setdefault(tag, []).append(run)
        return [self.card(tag, runs) for tag, runs in rest.items()]

    def has(self, tag: str, run: str) -> bool:
        return (tag, run) in self._kept
