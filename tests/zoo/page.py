"""docs/compatibility.md, from the rows that `docs/make_compatibility.py` has found."""

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from loops import WAYS
from verdict import Verdict

Row = dict[str, Any]  # name, family, verdicts by check, steps, memory_steps, seconds

PACKAGES = ("torch", "torchvision", "transformers")
PACKAGES_OF_WAYS = ("torch", "accelerate", "lightning", "transformers")
WAYS_TITLE = "## Ways of training"
HEAD = ("model", "recorded", "gradients right", "nothing left", *WAYS, "memory over", "steps")
ABOUT = """# What works with what

Each model has random weights. A plain loop trains it on a small input (SGD with momentum or AdamW, gradients clipped),
on the CPU and one thread, once with `torchdemos.watch` around its steps and once without. PyTorch says what is right,
never torchdemos:

* **recorded**: how many of the tensors that layers return in a training step are on the tape of `record`, with exactly
  the same values. PyTorch's own global forward hook lists them in an unwatched pass. A layer is a module without
  children or with parameters of its own.
* **gradients right**: how many of the outputs that have a gradient have it on the tape, bit for bit as
  `torch.autograd.grad` computes it in an unwatched pass.
* **nothing left**: after the block the model has the same hooks, attributes and names as before, and no output stays
  alive that an unwatched step frees.
* **train, eval**: **equal** says that a run watched at every fifth step and an unwatched run end with the same losses,
  parameters, gradients, buffers, optimizer state and random state (torch, Python, numpy), bit for bit. The columns
  `eval` train the model in evaluation mode, as some fine-tuning does. bfloat16 is autocast.
* **memory over**: the length of a run in steps. Each step is watched, the number of live tensors stops growing, and no
  graph outlives its step.
* **steps**: the length of each run in the columns `train` and `eval`. Slow models train for fewer steps, unless
  `--seconds` gives them more time.
"""
ABOUT_WAYS = """Small models; every cell is a test of the suite.

* **recorded**: one curve for each layer, with the values of all its calls in the block. `parameters only`: compiled
  code has no layers to see, and with tensor parallelism the outputs of ranks are no parts of one batch.
* **gradients right**: gradients of outputs, and those of parameters that the optimizer's step took; in a block without
  a step, those that backward added.
* **bitwise equal**: training ends with the same bits as without `watch`.
"""


def page(rows: list[Row], ways: str) -> str:
    families = {row["family"]: [other for other in rows if other["family"] == row["family"]] for row in rows}
    tables = [f"## {family}\n\n{table(HEAD, map(cells, found))}" for family, found in families.items()]
    return "\n\n".join([ABOUT + versions(PACKAGES), totals(rows), *tables, ways, explained(rows)]) + "\n"


def ways_of_training(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """The section about ways of training."""
    return f"{WAYS_TITLE}\n\n{ABOUT_WAYS}{versions(PACKAGES_OF_WAYS, ' --ways')}\n\n{table(head, rows)}"


def renewed(page: str, ways: str) -> str:
    """A page with all its text and the section about ways of training made anew, and the rows of models as they are."""
    models, rest = page[page.index("\nMade by ") :].split(WAYS_TITLE)
    return ABOUT + models + ways + rest[rest.index("\n\n## ") :]


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


def versions(packages: Iterable[str], options: str = "") -> str:
    found = ", ".join(
        [*(f"{package} {installed(package)}" for package in packages), f"Python {platform.python_version()}"]
    )
    return f"\nMade by `python docs/make_compatibility.py{options}` with {found}."


def installed(package: str) -> str:
    try:
        return version(package).split("+")[0]
    except PackageNotFoundError:
        return "not installed"
