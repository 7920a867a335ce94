"""The page of compatibility can be made anew in parts."""

from dataclasses import asdict

import page
from loops import WAYS
from verdict import Verdict

CHECKS = ("recorded", "gradients", "nothing left", *WAYS, "memory")
ROW = {
    "name": "resnet18",
    "family": "torchvision: classification",
    "verdicts": {check: asdict(Verdict(2, 3, {"a reason": 1})) for check in CHECKS},
    "steps": 20,
    "memory_steps": 50,
}


def ways(answer: str) -> str:
    return page.ways_of_training(("way of training", "recorded"), [["plain", answer]])


def test_new_ways_of_training_leave_the_rows_of_models_as_they_are() -> None:
    old, new = (page.page([ROW], ways(answer)) for answer in ("NO", "yes"))
    assert "| plain | NO |" in old and "| resnet18 | 2/3 |" in old and "| gradients | a reason | 1 |" in old
    assert page.renewed(old, ways("yes")) == new


def test_the_text_of_an_old_page_is_made_anew() -> None:
    new = page.page([ROW], ways("yes"))
    assert page.renewed(new.replace("PyTorch says what is right", "Nobody knows"), ways("yes")) == new
