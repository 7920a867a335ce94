"""Addresses: which cards they pin, which runs they show, and in which colours."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

from torchdemos.log import links
from torchdemos.log.links import first_view


def test_a_first_view_pins_its_cards() -> None:
    url = urlparse(first_view([("scalars", "1/loss", None), ("images", "4/p", "0_he")], ["demo/1"]))
    assert parse_qs(url.query)["pinnedCards"] == [
        '[{"plugin":"scalars","tag":"1/loss"},'
        '{"plugin":"images","tag":"4/p","runId":"defaultExperimentId/demo/1/0_he","sample":0}]'
    ]
    assert url.fragment == "timeseries"


def test_a_card_is_pinned_under_every_name_of_its_run() -> None:
    names = links.names(Path("/logs/all/stamp/flow"))
    assert names == ["", "flow", "stamp/flow", "all/stamp/flow"]
    (pinned,) = parse_qs(urlparse(first_view([("images", "p", "."), ("scalars", "s", None)], names)).query)[
        "pinnedCards"
    ]
    runs = [card.get("runId", "all").removeprefix("defaultExperimentId/") for card in json.loads(pinned)]
    assert runs == [".", "flow", "stamp/flow", "all/stamp/flow", "all"]


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        (["0_he", "."], []),
        (["flow", "flow/0_he"], []),
        (["a+b/flow", "a+b/flow/0.theory"], ["aab/flow", "c/flow/0_he"]),
    ],
    ids=["its own folder", "the one above", "two above"],
)
def test_only_the_run_itself_and_its_variants_are_shown(shown: list[str], hidden: list[str]) -> None:
    view = first_view([], links.names(Path("/a+b/flow")))
    (pattern,) = parse_qs(urlparse(view).query)["runFilter"]
    assert all(re.search(pattern, run) for run in shown) and not any(re.search(pattern, run) for run in hidden)
    assert "runFilter" not in first_view([])


def test_a_run_and_its_theory_share_a_colour_and_no_run_is_without_one() -> None:
    (grouping,) = parse_qs(urlparse(first_view([])).query)["runColorGroup"]
    pattern = grouping.removeprefix("regex:")
    found = {
        run: re.search(pattern, run) for run in ("0_vanish", "a/1/0.theory", "12_x", "flow/2026-11-24_03-28-11", ".")
    }
    assert [match and match[1] for match in found.values()] == ["0", "a/1/0", "12", "flow/2026-11-24_03-28-11", "."]
