"""Neurons and gradients of a run, for the two views that the report shares with TensorBoard's Neurons tab."""

import base64
from collections.abc import Mapping
from typing import Any

from torchdemos.view import profiles
from torchdemos.view.events import Run
from torchdemos.view.reporting import fitting
from torchdemos.view.reporting.charts import said


def neurons(runs: Mapping[str, Run], budget: int) -> tuple[list[dict[str, Any]], list[str]]:
    """[{run, tag, steps, blobs [steps][blobs] in base64}] within a budget of bytes, and what was left out."""
    found = {(name, tag): run.neurons[tag] for name, run in runs.items() for tag in run.neurons}
    sizes = {key: [sum(4 * len(b) // 3 + 8 for b in blobs) for _, blobs in steps] for key, steps in found.items()}
    kept = fitting.fit(found, sizes, budget)
    made = [
        {"run": said(name), "tag": tag, "steps": [step for step, _ in steps],
         "blobs": [[base64.b64encode(blob).decode() for blob in blobs] for _, blobs in steps]}
        for (name, tag), steps in kept.items()
    ]  # fmt: skip
    return made, fitting.left_out("snapshots of neurons", found, kept)


def gradients(runs: Mapping[str, Run]) -> list[dict[str, Any]]:
    """[{run, prefix, profile}] of every model whose gradient norms were logged."""
    measured = [name for name in runs if not profiles.is_theory(name)]
    return [
        {"run": said(name), "prefix": prefix, "profile": _profile(runs, name, tags)}
        for name in measured
        for prefix, tags in profiles.models(runs[name].scalars).items()
    ]


def _profile(runs: Mapping[str, Run], name: str, tags: list[str]) -> profiles.Profile:
    theory = profiles.theory_of(name, runs)
    predicted = {tag: runs[theory].scalars[tag] for tag in tags if tag in runs[theory].scalars} if theory else None
    return profiles.profile({tag: runs[name].scalars[tag] for tag in tags}, predicted, most=150)
