"""A finding: what a rule reports."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

ERROR, WARNING, INFORMATION = "error", "warning", "information"
LEVELS = (ERROR, WARNING, INFORMATION)
NOTHING = "Nothing is known to be wrong."


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a run, in the user's language.

    `kind` is the problem ("vanishing gradient"). `level` is "error" (as it is, this cannot work), "warning" (most
    likely it harms) or "information" (true, and perhaps meant). `layer` is the layer to look at first, None for the
    whole run, and `step` the step of the look at which it began, None if that is not known. `evidence` are the numbers,
    the threshold among them, `advice` one or two things to try, and `source` says where the threshold comes from.
    `consequences` are what follows from it: they need no cure of their own.

    ```python
    from torchdemos import Finding, History, diagnose

    (finding,) = diagnose(History(losses=[(0, 2.3), (10, 40.0), (20, float("nan"))]))
    assert isinstance(finding, Finding) and finding.kind == "learning rate too large"
    print(finding)
    ```
    """

    kind: str
    level: str
    layer: str | None
    step: int | None
    evidence: str
    advice: str
    source: str
    consequences: tuple["Finding", ...] = ()

    @property
    def message(self) -> str:
        """Evidence and advice together."""
        return f"{self.evidence} {self.advice}"

    def leading_to(self, consequences: list["Finding"]) -> "Finding":
        """The same finding with what follows from it."""
        return replace(self, consequences=(*self.consequences, *consequences))

    def __str__(self) -> str:
        where = f" in {self.layer!r}" if self.layer else ""
        since = "" if self.step is None else f", since step {self.step}"
        follows = ", ".join(finding.kind for finding in self.consequences)
        then = f" From it follows: {follows}." if follows else ""
        return f"{self.level}: {self.kind}{where}{since}\n  {self.evidence}{then}\n  {self.advice}"


class Findings(list[Finding]):
    """A list of findings that is printed as what they say, the worst first."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self)) or NOTHING

    __repr__ = __str__  # a notebook shows the last line of a cell by its repr


def named(layers: Sequence[str]) -> str:
    """The first of these layers, and how many more there are: `'fc1' and 2 more layers`."""
    more = len(layers) - 1
    return f"{layers[0]!r} and {more} more layer{'s' * (more > 1)}" if more else repr(layers[0])
