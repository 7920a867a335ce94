"""What `--json` prints: all that a run predicted and measured, and all that its reader guessed."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.guess import Verdict
from torchdemos.log import answers


def demo(
    name: str, question: str, result: Answer, verdicts: Sequence[Verdict], notes: Mapping[str, object]
) -> dict[str, Any]:
    """One demo; `notes` say how it was run."""
    return {
        "demo": name,
        "question": answers.asked(question),
        "answer": answers.unmarked(result.told.answer if result.told else result.verdict),
        **notes,
        "predictions": [_guess(own) for own in verdicts],
        "claims": [{**asdict(claim), "holds": claim.holds} for claim in result.claims],
        "findings": [{"where": where, **asdict(finding)} for where, finding in result.findings.items()],
    }


def text(content: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> str:
    """One document: a list of demos, say. What is not a finite number is null, which JSON has in its place."""
    return json.dumps(_finite(content), indent=1, allow_nan=False, default=str)


def _guess(verdict: Verdict) -> dict[str, Any]:
    theory, measured = verdict.outcome or (None, None)
    return {
        "key": verdict.question.key,
        "question": verdict.question.text,
        "guess": verdict.guess,
        "theory": theory,
        "measured": measured,
        "right": verdict.right,
        "mistake": verdict.mistake,
    }


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
