"""docs/compatibility.md, from the rows that `docs/make_compatibility.py` has found."""

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from loops import WAYS
from verdict import Verdict

Row = dict[str, Any]  # name, family, verdicts by check, steps, memory_steps, seconds

PACKAGES = ("torch", "torchvision", "transformers")
HEAD = ("model", "recorded", "gradients right", "nothing left", *WAYS, "memory over", "steps")
ABOUT = """# What works with what

Each model is built with random weights and trained at a small input by a plain loop (SGD with momentum or AdamW,
gradients clipped), on the CPU and one thread, with `torchdemos.watch` around its steps and without. Nothing here asks
torchdemos what is right:

* **recorded**: tensors that layers put out in a training step, and how many of them are on the tape of `record` with
  exactly their values. The truth is PyTorch's own global forward hook in an unwatched pass. A layer is a module without
  children or with parameters of its own.
* **gradients right**: of the outputs that have a gradient, how many have it on the tape, in every bit. The truth is
  `torch.autograd.grad` with respect to the same places in the graph of the unwatched pass.
* **nothing left**: after the block, hooks, attributes and names are as before, and no more outputs are alive than
  without it.
* **train, eval**: losses, parameters, gradients, buffers, optimizer state and random state (torch, Python, numpy) of a
  run watched at every fifth step are those of an unwatched run, bit for bit: **equal**. In evaluation mode the model
  is trained all the same, as in some fine-tuning; bfloat16 is autocast.
* **memory over**: as many steps, each of them watched, in which the number of live tensors stopped growing and no graph
  outlived its step.
* **steps**: how long each of the four ways trains; slow models train for fewer, unless `--seconds` gives them time.
"""


def page(rows: list[Row], ways: list[str]) -> str:
    families = {row["family"]: [other for other in rows if other["family"] == row["family"]] for row in rows}
    tables = [f"## {family}\n\n{table(HEAD, map(cells, found))}" for family, found in families.items()]
    return "\n\n".join([ABOUT + versions(), totals(rows), *tables, *ways, explained(rows)]) + "\n"


def cells(row: Row) -> list[str]:
    found = verdicts(row)
    return [
        row["name"],
        str(found["recorded"]),
        str(found["gradients"]),
        said(found["nothing left"], "yes"),
        *(said(found[way], "equal") for way in WAYS),
        said(found["memory"], str(row["memory_steps"])),
        str(row["steps"]),
    ]


def verdicts(row: Row) -> dict[str, Verdict]:
    return {check: Verdict(**verdict) for check, verdict in row["verdicts"].items()}


def said(verdict: Verdict, what: str) -> str:
    if verdict.faults:
        return "NO: " + "; ".join(verdict.faults)
    return what if verdict.of else next(iter(verdict.gaps)).split(":")[0]


def totals(rows: list[Row]) -> str:
    """One line a check: in how many models it holds, and how many numbers that was."""
    found = [verdicts(row) for row in rows]
    lines = []
    for check in found[0] if found else ():
        tried = [each[check] for each in found if each[check].of]
        right, of = sum(verdict.right for verdict in tried), sum(verdict.of for verdict in tried)
        holds = sum(verdict.right == verdict.of for verdict in tried)
        lines.append([check, f"{holds} of {len(tried)}", f"{right:,} of {of:,}"])
    return f"## Totals of {len(rows)} models\n\n" + table(("check", "models without a gap", "single findings"), lines)


def explained(rows: list[Row]) -> str:
    """What has no number, by its reason."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        for check, verdict in verdicts(row).items():
            for why, times in verdict.gaps.items():
                found.setdefault((check, why), {})[row["name"]] = times
    lines = [[check, why, f"{sum(models.values()):,}", some(models)] for (check, why), models in found.items()]
    return "## What is not there, and why\n\n" + table(("check", "reason", "times", "models"), lines)


def some(models: Iterable[str], most: int = 6) -> str:
    names = list(models)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), ["---" for _ in head], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def versions() -> str:
    found = ", ".join(f"{package} {installed(package)}" for package in PACKAGES)
    return f"\nMade by `python docs/make_compatibility.py` with {found}, Python {platform.python_version()}."


def installed(package: str) -> str:
    try:
        return version(package).split("+")[0]
    except PackageNotFoundError:
        return "not installed"
