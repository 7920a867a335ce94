"""`torchdemos live`: a page, a training that it shows and steers, and what is said when it ends."""

import shlex
from contextlib import closing
from typing import Any

from torchdemos.cli import document, ending, process, terminal
from torchdemos.cli.parsing import Live
from torchdemos.lab import data
from torchdemos.lab.playground import asking, missions
from torchdemos.lab.playground.answer import QUESTION
from torchdemos.lab.playground.record import NAME, Record
from torchdemos.lab.playground.session import Session
from torchdemos.log import run_folder
from torchdemos.view import browser
from torchdemos.view.live.page import Page

OVER = "it was ended where it was started"


def live(command: Live) -> None:
    """Train until asked to end. Raises `OSError` or `ValueError` in a sentence for what cannot be served or read."""
    terminal.console.stderr = command.json
    asking.seed(command.seed)
    listed = missions.read(command.missions) if command.missions else missions.built_in()
    process.use_one_thread()
    digits = data.load(command.data_dir)
    with closing(Page(asking.checker(len(digits.test_labels), len(listed)), command.host, command.port)) as page:
        folder = command.log_dir or run_folder.make_fresh(NAME)
        log = Record(folder, digits.source, {"seed": command.seed, "speed": command.speed})
        session = Session(page, digits, log, listed, command.seed, command.speed)
        _greet(page, digits.source, log)
        if not command.no_browser:
            browser.open_for_reader(page.address)
        ended = OVER
        try:
            with ending.ends_when_asked() as is_over:
                session.run(is_over)
        except Exception as error:
            ended = f"it ended with an error, {type(error).__name__}: {error}"
            raise
        finally:
            page.over(f"{ended}; {_opening(log)} shows its log" if session.steps else ended)
            answer = log.close(session.courses, _verdict(session))
    _conclude(session, log, answer)
    if command.json:
        print(document.text(_results(session, log, digits.source)))


def _greet(page: Page, source: str, log: Record) -> None:
    terminal.tell(QUESTION, style="bold")
    terminal.say(f"\nData: {source}\nLog:  {log.folder}\n\n  {page.address}\n", wrap=False)
    terminal.tell(page.warning, style="bold red")
    terminal.tell("Open this address in a browser and drag the learning rate over the mark. Stop it with Ctrl-C.")


def _conclude(session: Session, log: Record, answer: str) -> None:
    terminal.say("")
    terminal.tell(answer)
    if session.steps:
        folder = shlex.quote(str(log.folder))
        terminal.say(f"Look at it:  {_opening(log)}\nRepeat it:   {process.command()} replay {folder}", wrap=False)


def _opening(log: Record) -> str:
    """The command that shows the log, when the page is gone."""
    return f"{process.command()} open {shlex.quote(str(log.folder))}"


def _verdict(session: Session) -> str:
    solved = [attempt for attempt in session.quest.attempts if attempt.is_solved]
    total = len(session.quest.attempts)
    return f"{session.steps:,} steps were taken, and {len(solved)} of {total} missions were solved."


def _results(session: Session, log: Record, source: str) -> dict[str, Any]:
    return {"log": log.folder, "data": source, "steps": session.steps, "missions": session.quest.results()}
