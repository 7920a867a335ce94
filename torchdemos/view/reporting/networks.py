"""Neurons and gradients of an exhibit, for the two views that the report shares with TensorBoard's Neurons tab."""

import base64
from collections.abc import Mapping
from typing import Any

from torchdemos.log import colours
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting import budget
from torchdemos.view.reporting.charts import FOLDER, label

MAX_STEPS = 150  # of the gradient view


def neurons(
    runs: Mapping[str, LoggedRun], max_bytes: int, folder: str = FOLDER
) -> tuple[list[dict[str, Any]], list[str]]:
    """[{run, tag, steps, blobs [steps][blobs] in base64}] of at most `max_bytes`, and what was left out."""
    found = {(name, tag): run.neurons[tag] for name, run in runs.items() for tag in run.neurons}
    sizes = {key: [sum(4 * len(b) // 3 + 8 for b in blobs) for _, blobs in steps] for key, steps in found.items()}
    kept = budget.keep(found, sizes, max_bytes)
    made = [
        {"run": label(name, folder), "tag": tag, "steps": [step for step, _ in steps],
         "blobs": [[base64.b64encode(blob).decode() for blob in blobs] for _, blobs in steps]}
        for (name, tag), steps in kept.items()
    ]  # fmt: skip
    return made, budget.omissions("snapshots of neurons", found, kept)


def gradients(runs: Mapping[str, LoggedRun], folder: str = FOLDER) -> list[dict[str, Any]]:
    """[{run, prefix, colour, profile}] of every model whose gradient norms were logged."""
    measured = [name for name in runs if not profiles.is_theory(name)]
    shades = colours.of_runs(name for name in runs if runs[name].scalars)
    return [
        {"run": label(name, folder), "prefix": prefix, "colour": shades[name], "profile": _profile(runs, name, tags)}
        for name in measured
        for prefix, tags in profiles.models(runs[name].scalars).items()
    ]


def _profile(runs: Mapping[str, LoggedRun], name: str, tags: list[str]) -> profiles.Profile:
    theory = profiles.theory_of(name, runs)
    predicted = {tag: runs[theory].scalars[tag] for tag in tags if tag in runs[theory].scalars} if theory else None
    measured = {tag: runs[name].scalars[tag] for tag in tags}
    return profiles.profile(measured, predicted, MAX_STEPS, runs[name].texts)
