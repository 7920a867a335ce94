"""Where the tab and the links of a README lead, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from patience import WAIT

from torchdemos.board import Board
from torchdemos.lab.demos import readme
from torchdemos.lab.demos.configs import Neurons
from torchdemos.log import cards, links, run_folder

PINS: list[cards.Pin] = [
    ("scalars", "1_overview/loss", None),
    ("images", "4_pictures/1_p", "."),
    ("images", "4_pictures/2_q", "0_a"),
]
TITLES = ["1_overview/loss", "4_pictures/1_p", "4_pictures/2_q"]

SHOWN = [".", "0.theory", "0_a", "1_b"]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one demo; the README is that of the later one."""
    logs = tmp_path_factory.mktemp("landing") / "logs"
    for stamp in ("2026-01-01", "2026-01-02"):
        with Board(logs / "demo" / stamp) as board:
            board.log(0, pictures={"4_pictures/1_p": torch.rand(3, 20, 30)})
            for name in ("0_a", "0.theory", "1_b"):
                variant = board.variant(name)
                for step in range(3):
                    variant.log(step, scalars={"1_overview/loss": 1.0 / (step + 1)})
                variant.log(0, pictures={"4_pictures/2_q": torch.rand(3, 20, 30)})
            entries = [
                readme.pinned_cards(board, PINS, "all"),
                ("One picture", "large", links.pictures("4_pictures/1_p")),
            ]
            readme.write(board, entries, [("0_a", "one")], "some digits", Neurons())
            run_folder.describe(board.folder, "demo", {}, PINS)
    return logs


@pytest.fixture(scope="module", params=[".", "demo", "demo/2026-01-02"])
def opened(request: pytest.FixtureRequest, logs: Path, tensorboard: Callable[[Path], str]) -> tuple[str, Path]:
    """A TensorBoard that has read all runs, and its folder."""
    folder = logs / request.param
    return tensorboard(folder), folder


def pinned(page: Any) -> list[str]:
    """The tags of the pinned cards, once there are as many as there should be."""
    cards = page.locator("metrics-pinned-view card-view")
    cards.nth(len(TITLES) - 1).wait_for(timeout=WAIT)
    return ["".join(text.split("\n")[:2]) for text in cards.all_inner_texts()]


def runs_in_view(page: Any) -> list[str]:
    """Without the folders that TensorBoard puts in front of their names."""
    names = page.locator("runs-data-table").inner_text().split()[1:]
    return sorted(name.rpartition("2026-01-02")[2].strip("/") or "." for name in names)


def test_the_tab_leads_to_every_pinned_card_of_the_newest_run_only(page: Any, opened: tuple[str, Path]) -> None:
    url, _ = opened
    page.goto(f"{url}#torchdemos")
    tab = page.wait_for_selector("iframe", timeout=WAIT).content_frame()
    tab.wait_for_selector(".answer", timeout=WAIT)
    tab.click(".more a")
    assert pinned(page) == TITLES
    assert runs_in_view(page) == SHOWN


def test_the_readme_leads_to_the_same_cards_from_any_folder(page: Any, opened: tuple[str, Path]) -> None:
    url, _ = opened
    page.goto(f"{url}#text")
    page.locator("a[href*='2026-01-02']:has-text('The answer at a glance')").click(timeout=WAIT)
    assert pinned(page) == TITLES
    assert runs_in_view(page) == SHOWN


@pytest.mark.parametrize("opened", ["."], indirect=True)
def test_the_readme_leads_to_one_picture_of_all_runs(page: Any, opened: tuple[str, Path]) -> None:
    url, _ = opened
    page.goto(f"{url}#text")
    page.locator("a:has-text('One picture')").last.click(timeout=WAIT)
    first = page.get_by_text("tag: 4_pictures").first
    first.wait_for(timeout=WAIT)
    assert "4_pictures/1_p" in first.inner_text() and page.get_by_text("Tags matching").last.is_visible()
