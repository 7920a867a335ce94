"""A question about the outcome of a demo, what is right, and what a typical wrong answer overlooks."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from torchdemos.lab.claims import Bound, Claim

Test: TypeAlias = Callable[[float, float], bool]
"""Whether a guess, beside the truth, is of a certain kind."""


class Outcome(NamedTuple):
    """The answer to a question: what theory predicted, and what the run measured."""

    theory: float
    measured: float


class Mistake(NamedTuple):
    """A typical wrong answer, and a sentence about what it overlooks."""

    made: Test
    sentence: str


@dataclass(frozen=True)
class Question:
    """What a demo asks before it runs.

    `key` is its name in a file of answers and is unique among all demos; `about` names the number in a few words.
    `right` says which guesses count as right, and the first of the `mistakes` that a wrong guess makes is told.
    """

    key: str
    text: str
    about: str
    right: Test
    mistakes: Sequence[Mistake]


@dataclass(frozen=True)
class Verdict:
    """A guess beside the outcome. `right` is None if there was no guess, or nothing to compare it with."""

    question: Question
    guess: float | None
    outcome: Outcome | None

    @property
    def right(self) -> bool | None:
        if self.guess is None or self.outcome is None or not math.isfinite(self.outcome.measured):
            return None
        return self.question.right(self.guess, self.outcome.measured)

    @property
    def mistake(self) -> str | None:
        """What a wrong guess overlooks."""
        if self.guess is None or self.outcome is None or self.right is not False:
            return None
        guess, truth = self.guess, self.outcome.measured
        return next((mistake.sentence for mistake in self.question.mistakes if mistake.made(guess, truth)), None)


def judge(
    questions: Sequence[Question], guesses: Mapping[str, float], outcomes: Mapping[str, Outcome]
) -> list[Verdict]:
    """Every question with its guess and its outcome, as far as they are there."""
    return [Verdict(own, guesses.get(own.key), outcomes.get(own.key)) for own in questions]


# Which guesses are right, and which are a typical mistake.


def within(amount: float) -> Test:
    """At most so far from the truth."""
    return lambda guess, truth: abs(guess - truth) <= amount


def within_factor(factor: float) -> Test:
    """At most so many times as large as the truth, or as small."""
    return lambda guess, truth: guess * truth > 0 and 1 / factor <= guess / truth <= factor


def near(number: float) -> Test:
    """Within 5 % of a number that is often guessed, or for 0 within 0.05."""
    return lambda guess, truth: abs(guess - number) <= 0.05 * (abs(number) or 1.0)


def times(ratio: float) -> Test:
    """Within 15 % of so many times the truth."""
    return lambda guess, truth: abs(guess - ratio * truth) <= 0.15 * abs(ratio * truth)


def less(guess: float, truth: float) -> bool:
    """Below the truth."""
    return guess < truth


def more(guess: float, truth: float) -> bool:
    """Above the truth."""
    return guess > truth


# Read the outcome off the claims.


def outcome(claims: Sequence[Claim | Bound], name: str, theory: float | None = None) -> Outcome | None:
    """The outcome in the claim whose name begins like this; None if there is none.

    `theory` takes the place of its prediction; a `Bound` predicts no number.
    """
    for claim in claims:
        if claim.name.startswith(name):
            predicted = claim.predicted if isinstance(claim, Claim) else math.nan
            return Outcome(predicted if theory is None else theory, float(claim.measured))
    return None


def known(outcomes: Mapping[str, Outcome | None]) -> dict[str, Outcome]:
    """The outcomes that this run has."""
    return {key: own for key, own in outcomes.items() if own is not None}
