"""How a run ends: the answer in a few sentences, a picture, what agreed, what to try, and how to look at the log."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from torchdemos.cli import characters, table
from torchdemos.cli.terminal import console, say, tell
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.common_flags import Config
from torchdemos.lab.demos.configs import All
from torchdemos.lab.demos.guess import Verdict
from torchdemos.log import answers


def show(
    config: Config,
    results: Mapping[str, Answer],
    verdicts: Mapping[str, Sequence[Verdict]],
    command: str,
    look: str,
) -> None:
    """Print the end of a run. The answers of `all` have been told by then, and its table is always printed."""
    every = isinstance(config, All)
    if every or config.table:
        table.show(results)
    if config.table:
        table.explain(results)
    if not every:
        ((name, result),) = results.items()
        answer(config.question, result)
        picture(result)
    for own in verdicts.values():
        guesses(own)
    agreement(results, "" if every or config.table else "; --table prints them")
    if not config.table:
        tell(diagnosis([*results.values()]))
    if not every:
        what_next(result, command)
        say(f"In code:     scripts/{name}.py is the same lesson in 70 lines", wrap=False)
    say(look, wrap=False)


def answer(question: str, result: Answer) -> None:
    """Print the question and its answer with the numbers of this run."""
    say(f"\n{answers.asked(question)}", style="bold")
    tell(answers.unmarked(result.told.answer if result.told else result.verdict))


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


def agreement(results: Mapping[str, Answer], hint: str) -> None:
    """Print how many predictions agree, and every one that does not."""
    claims = [claim for result in results.values() for claim in result.claims]
    held = sum(claim.holds for claim in claims)
    tell(f"{held} of {len(claims)} predictions agree{hint}.")
    for claim in claims:
        if not claim.holds:
            tell(table.failing(claim), style="bold red")


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
        tell(answers.unmarked(result.told.now_try["expect"]), indent="  ")


def number(value: float | None) -> str:
    """A number in nine characters, right-aligned; a dash for none."""
    return f"{value:>9.3g}" if value is not None and math.isfinite(value) else f"{'-':>9}"
