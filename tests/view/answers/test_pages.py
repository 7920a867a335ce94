"""Which answers a log holds, in which order, and which of them are older ones."""

from collections.abc import Mapping

import pytest

from torchdemos.log import tags
from torchdemos.log.answers import Page
from torchdemos.view.answers import pages
from torchdemos.view.events import LoggedRun

QUESTIONS = {
    "neurons": "What is a neuron? A unit.",
    "lr": "What does the learning rate do? Steps.",
    "init": "How are weights initialized? Randomly.",
    "loss": "What is loss? A distance.",
    "chain": "What is the chain rule? A product.",
}


def demo(question: str, ended: float = 0.0) -> LoggedRun:
    page: Page = {"question": question, "answer": f"{question}!", "hero": {}, "cards": [], "claims": []}
    return LoggedRun(answer=page, ended=ended)


def watched(ended: float = 0.0, prefix: str = "") -> LoggedRun:
    norms = {f"{tags.prefixed(prefix, tags.GRADIENT_NORM)}/0{i}_fc{i}": [(0, float(-i))] for i in range(3)}
    return LoggedRun(scalars=norms, ended=ended)


def entries(runs: Mapping[str, LoggedRun]) -> list[pages.Entry]:
    return pages.entries(pages.Log("mine", runs, runs.__getitem__))


def test_the_five_questions_come_in_their_order_then_models_then_what_others_logged() -> None:
    runs = {name: demo(question, ended=1.0) for name, question in reversed(QUESTIONS.items())}
    found = entries(runs | {"model": watched(ended=9.0), "theirs": LoggedRun(scalars={"loss": [(0, 1.0)]}, ended=9.0)})
    assert [entry["run"] for entry in found] == [*QUESTIONS, "model", pages.OTHERS]


def test_the_newest_run_of_a_question_comes_first_and_the_others_are_older() -> None:
    found = entries({f"loss/{i}": demo(QUESTIONS["loss"], ended=i) for i in (2, 9, 5)})
    assert [(entry["run"], entry["older"]) for entry in found] == [
        ("loss/9", False),
        ("loss/5", True),
        ("loss/2", True),
    ]


def test_the_newest_twenty_models_are_read_and_the_others_only_named() -> None:
    runs = {f"m{i:02d}": watched(ended=i) for i in range(25)}
    read = []
    found = pages.entries(pages.Log("mine", runs, lambda run: (read.append(run), runs[run])[1]))
    assert read == [f"m{i:02d}" for i in range(24, 4, -1)]
    assert [entry["older"] for entry in found] == 20 * [False] + 5 * [True]
    assert all(entry["answer"] for entry in found[:20]) and not any(entry["answer"] for entry in found[20:])


def test_each_model_of_a_run_has_an_answer() -> None:
    run = watched(prefix="generator")
    run.scalars |= watched(prefix="critic").scalars
    assert {entry["prefix"] for entry in entries({"gan": run})} == {"generator", "critic"}


@pytest.mark.parametrize("home", ["all", "."])
def test_networks_of_a_demo_and_the_page_before_all_demos_are_no_answers_of_their_own(home: str) -> None:
    inside = "" if home == "." else f"{home}/"
    runs = {home: LoggedRun(texts={"README": "# Five questions"}), f"{inside}loss": demo(QUESTIONS["loss"])}
    assert [entry["run"] for entry in entries(runs | {f"{inside}loss/0_x": watched()})] == [f"{inside}loss"]


def test_a_lone_model_has_the_name_of_its_folder_and_a_colour() -> None:
    runs = {".": watched()}
    page = pages.page(pages.Log("mine", runs, runs.__getitem__), ".")
    assert page["question"] == "Is mine healthy?" and page["hero"]["colour"] == "var(--blue)"


def test_a_run_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        pages.page(pages.Log("mine", {}, {}.__getitem__), "gone")


def test_an_empty_log_has_no_answers() -> None:
    assert entries({}) == []


def test_a_model_that_cannot_be_judged_is_named_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchdemos.view.looks.diagnose", lambda *_: 1 / 0)
    found = entries({"model": watched(ended=9.0), "demo": demo(QUESTIONS["loss"])})
    assert found[1]["answer"] == "This model cannot be drawn: ZeroDivisionError: division by zero"
    assert found[0]["question"] == QUESTIONS["loss"]
