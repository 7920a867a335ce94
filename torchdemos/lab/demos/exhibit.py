"""What a demo shows: from one declaration follow its README, pinned cards, layout and descriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from torchdemos.board import Board, layout
from torchdemos.lab.demos import overview, readme
from torchdemos.lab.demos.common_flags import Config
from torchdemos.lab.demos.display import figure_tag
from torchdemos.lab.result import Figure
from torchdemos.log import cards, links


class PinnedCards(NamedTuple):
    """The entry of the README that leads to the pinned cards, and what one sees there."""

    caption: str


@dataclass(frozen=True)
class Exhibit:
    """What a demo shows, known before it runs.

    `entries` are the links of its README, in order. `pins` are the cards that answer the question. `charts` fill the
    Custom Scalars tab; `hparams` name the columns of the HParams tab. `about` says what the tags of the demo's own
    scalars mean.
    """

    entries: Sequence[Figure | readme.Entry | PinnedCards]
    pins: Sequence[cards.Pin]
    charts: Mapping[str, cards.Charts]
    hparams: Sequence[str]
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def figures(self) -> list[Figure]:
        """The figures that its README announces."""
        return [entry for entry in self.entries if isinstance(entry, Figure)]

    def introduce(self, board: Board, config: Config, runs: Sequence[readme.Run], source: str) -> None:
        """Write descriptions, layout and README, before the demo runs; `source` says where the digits are from."""
        board.describe({figure_tag(figure): figure.about for figure in self.figures} | dict(self.about))
        board.show(layout.custom_scalars(self.charts), layout.experiment(self.hparams, overview.FINAL))
        readme.write(board, [self._entry(entry, board) for entry in self.entries], runs, source, config)

    def _entry(self, entry: Figure | readme.Entry | PinnedCards, board: Board) -> readme.Entry:
        match entry:
            case Figure():
                return readme.Entry(entry.title, entry.caption, links.pictures(figure_tag(entry)))
            case PinnedCards():
                return readme.pinned_cards(board, self.pins, entry.caption)
            case _:
                return entry
