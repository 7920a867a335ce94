"""How a run ends: the answer in a few sentences, a picture, what agreed, what to try, and how to look at the log."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from torchdemos.cli import characters, table
from torchdemos.cli.terminal import console, say, tell
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.guess import Verdict
from torchdemos.log import answers


def answer(question: str, result: Answer) -> None:
    """Print the question and its answer with the numbers of this run."""
    say(f"\n{answers.asked(question)}", style="bold")
    tell(_plain(result.told.answer if result.told else result.verdict))


def picture(result: Answer) -> None:
    """Print the picture, if the demo has one."""
    if result.sketch:
        drawn = characters.draw(result.sketch, console.width, console.encoding)
        say("\n".join(["", *drawn, ""]), wrap=False)


def guesses(verdicts: Sequence[Verdict]) -> None:
    """Print each guess beside theory and measurement, and what a wrong one overlooks."""
    if not any(own.guess is not None for own in verdicts):
        return
    say(f"{'Your predictions':<49}{'yours':>9} {'theory':>9} {'measured':>9}", style="bold", wrap=False)
    for own in verdicts:
        theory, measured = own.outcome or (math.nan, math.nan)
        say(f"{own.question.about:<49}{number(own.guess)} {number(theory)} {number(measured)}", wrap=False)
        if own.right is not None:
            tell("Right." if own.right else own.mistake or "Not quite.", indent="  ", style="dim" if own.right else "")
    say("")


def agreement(results: Mapping[str, Answer], hint: bool) -> None:
    """Print how many predictions agree, every one that does not, and what the diagnosis found."""
    claims = [claim for result in results.values() for claim in result.claims]
    held = sum(claim.holds for claim in claims)
    tell(f"{held} of {len(claims)} predictions agree{'; --table prints them' if hint else ''}.")
    for claim in claims:
        if not claim.holds:
            tell(table.failing(claim), style="bold red")
    if found := diagnosis([*results.values()]):
        tell(found)


def diagnosis(results: Sequence[Answer]) -> str:
    """What is wrong with the networks in one sentence; empty if nothing is."""
    wheres: dict[str, list[str]] = defaultdict(list)
    for result in results:
        for where, finding in result.findings.items():
            wheres[finding.kind].append(where.partition(",")[0])
    found = [f"{kind} ({characters.listed(own)})" for kind, own in wheres.items()]
    return f"The diagnosis finds {characters.listed(found)}." if found else ""


def what_next(result: Answer, command: str) -> None:
    """Print a command to run next, and what to expect of it."""
    if result.told and (asked := result.told.now_try["command"]):
        say(f"Try next:    {asked.replace('torchdemos', command, 1)}", wrap=False)
        tell(_plain(result.told.now_try["expect"]), indent="  ")


def number(value: float | None) -> str:
    """A number in nine characters, right-aligned; a dash for none."""
    return f"{value:>9.3g}" if value is not None and math.isfinite(value) else f"{'-':>9}"


def _plain(text: str) -> str:
    return text.replace("**", "")
