"""A log as a demo writes it, and what a report says of it."""

import json
import math
import re
from pathlib import Path
from typing import Any

import torch

from torchdemos.board import Board
from torchdemos.log import run_folder, tags
from torchdemos.view.events import LoggedRun

CLAIM = {"claim": "a * b", "source": "Euler", "predicted": "1", "measured": "1.01", "difference": "1%", "agrees": "yes"}


def data_of(html: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    content: list[dict[str, Any]] = json.loads(found[1])
    return content


def a_demo(folder: Path, question: str = "Why?") -> Path:
    with Board(folder) as board:
        pins = [("scalars", tags.LOSS, None), ("images", "4_pictures/1_p", "0_he"), ("images", "gone", ".")]
        run_folder.describe(folder, "demo", {"seed": 0, "full": False, "log_dir": "/home/me"}, pins)
        board.log(0, texts={"README": f"# {question}\n\n## The runs\n\n|run|what it is|\n|---|---|\n|0_he|He|"})
        variant = board.variant("0_he")
        for step in range(600):
            variant.log(step, scalars={tags.LOSS: 2.0 / (step + 1), "9_last/x": math.nan if step else 1.0})
        variant.log(0, scalars={"final/accuracy": 0.5})
        for step in (0, 5):
            variant.log(step, pictures={"4_pictures/1_p": torch.rand(3, 8, 8), "4_pictures/2_q": torch.rand(3, 8, 8)})
        board.log(1, texts={"RESULT": "**It holds.**\n\n### Diagnosis\n\n* 0_he: **slow**. Wait."})
    run_folder.conclude(folder, "demo", {}, "ten digits", "It *does* 10^-3.", [CLAIM])
    return folder


def run_of(scalars: dict[str, list[tuple[int, float]]]) -> LoggedRun:
    return LoggedRun(scalars=scalars)
