"""A finding: what a rule reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import SupportsFloat, TypeAlias

ByLayer: TypeAlias = Mapping[str, SupportsFloat]
"""A number for each layer, in call order."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a run, in the user's language.

    `kind` is the problem ("vanishing gradient"), `level` is "error" or "warning", and `layer` is the layer to look at
    first (None: the whole run). `message` says what is wrong, where, by how much, above which threshold, and what to
    try. `source` says where the threshold comes from.

    ```python
    from torchdemos import Finding, diagnose

    (finding,) = diagnose(losses=[2.3, 40.0, float("nan")])
    assert isinstance(finding, Finding) and finding.kind == "diverged"
    print(finding.message)
    ```
    """

    kind: str
    level: str
    layer: str | None
    message: str
    source: str


def others(layers: Sequence[str] | Mapping[str, float]) -> str:
    """How many layers besides the named one have the same problem, in words."""
    more = len(layers) - 1
    return f", and {more} more layer{'s' * (more > 1)} like it" if more else ""
