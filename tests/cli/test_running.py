"""One demo or all five, from the question to the exit code."""

import json
from pathlib import Path

import pytest
from reading import Log

from torchdemos import cli
from torchdemos.lab.claims import Bound
from torchdemos.lab.demos import neurons
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import DEMOS, All, GradientFlow, Neurons
from torchdemos.lab.demos.guess import Outcome
from torchdemos.log import run_folder

pytestmark = pytest.mark.usefixtures("short")
TWO = [Neurons(steps=2, batch=8, model="mlp", trials=1), GradientFlow(steps=2, batch=8, width=12, depth=6, repeats=1)]
TINY = ["--steps", "3", "--width", "12", "--depth", "6", "--repeats", "1", "--batch", "8"]
SHORT = ["neurons", "--steps", "1", "--batch", "8", "--model", "mlp", "--trials", "1"]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """`all` runs two tiny demos."""
    monkeypatch.setattr(All, "each", lambda self: TWO)


def code(*arguments: str) -> int:
    """The exit code of a command."""
    try:
        cli.main(list(arguments))
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


@pytest.mark.usefixtures("two")
def test_all_ends_with_one_table_and_opens_on_the_first_picture_of_every_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["all", "--json", "--log-dir", str(tmp_path / "run")])
    document, said = capsys.readouterr()
    demos = {demo["demo"]: demo["log"] for demo in json.loads(document)}
    assert demos == {name: str(tmp_path / "run" / name) for name in ("neurons", "gradient_flow")}
    assert said.count("Measured against predicted") == 1
    assert "Cauchy-Schwarz" in said and "Schoenholz" in said
    page = Log(tmp_path / "run").text("RESULT")
    assert "## neurons" in page and "## gradient_flow" in page
    found = run_folder.newest(tmp_path / "run")
    assert found is not None and len(found.pins) == 2
    for plugin, tag, run in found.pins:
        assert run and tag in Log(tmp_path / "run" / run).tags(plugin)


def test_all_hands_its_flags_to_every_demo() -> None:
    configs = All(seed=7, full=True).each()
    assert [type(config) for config in configs] == list(DEMOS)
    assert all(config.seed == 7 and config.full for config in configs)


def test_every_config_asks_its_question() -> None:
    assert all(demo().question.endswith(".") and "?" in demo().question for demo in DEMOS)


@pytest.mark.parametrize(("low", "expected"), [(0.0, 0), (2.0, 1)])
def test_check_turns_a_claim_that_fails_into_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], low: float, expected: int
) -> None:
    claims = [Bound("a measured share", "a test", 1.0, low)]
    monkeypatch.setattr(neurons, "run", lambda *_: Answer(claims, "Done."))
    assert code(*SHORT, "--check", "--log-dir", str(tmp_path / "checked")) == expected
    assert ("NO" in capsys.readouterr().out) == bool(expected)
    assert code(*SHORT, "--log-dir", str(tmp_path / "unchecked")) == 0  # without --check it is only reported


def test_json_is_one_document_on_stdout_with_guesses_and_all_else_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "answers.json").write_text('{"capacity": 100}')
    claims = [Bound("a share", "a test", float("nan"), 0.0)]
    outcomes = {"capacity": Outcome(50.0, 52.0)}
    monkeypatch.setattr(neurons, "run", lambda *_: Answer(claims, "Done.", outcomes=outcomes))
    told = ["--json", "--predict", str(tmp_path / "answers.json"), "--log-dir", str(tmp_path / "run")]
    assert code(*SHORT, *told) == 0
    said = capsys.readouterr()
    (demo,) = json.loads(said.out)
    assert (demo["demo"], demo["question"], demo["answer"]) == ("neurons", "What is a neuron?", "Done.")
    assert demo["log"] == str(tmp_path / "run") and demo["config"]["steps"] == 1
    assert demo["claims"] == [
        {"name": "a share", "source": "a test", "measured": None, "low": 0.0, "high": None, "holds": False}
    ]
    by_key = {row["key"]: row for row in demo["predictions"]}
    assert {key: by_key["capacity"][key] for key in ("guess", "theory", "measured", "right")} == {
        "guess": 100.0,
        "theory": 50.0,
        "measured": 52.0,
        "right": False,
    }
    assert "All labellings" in by_key["capacity"]["mistake"] and by_key["dead_pixels"]["guess"] is None
    assert "Your predictions" in said.err and "Look at it" in said.err


def test_full_without_the_full_mnist_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert code("neurons", "--full") == 2
    assert "--full needs the full MNIST" in capsys.readouterr().err


def test_a_run_leaves_its_claims_for_later_tables(tmp_path: Path) -> None:
    cli.main([*SHORT, "--log-dir", str(tmp_path / "run")])
    ended = json.loads((tmp_path / "run" / run_folder.RESULT).read_text())
    assert ended["demo"] == "neurons" and ended["config"]["steps"] == 1
    assert {"claim", "source", "predicted", "measured", "difference", "agrees"} == ended["claims"][0].keys()


def test_a_run_tells_question_data_claims_verdict_and_where_to_look_and_every_pinned_card_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["gradient-flow", "--log-dir", str(tmp_path / "run"), *TINY])
    said = capsys.readouterr().out
    order = [
        "What is the chain rule?",
        "Data: embedded sample",
        "every layer multiplies the gradient",
        "The gradient by layer",
        "of 23 predictions agree",
        "Try next:",
        "scripts/gradient_flow.py",
        "torchdemos open",
    ]
    places = [said.find(part) for part in order]
    assert -1 not in places and places == sorted(places)
    runs = {path.name: Log(path) for path in (tmp_path / "run").iterdir() if path.is_dir()}
    runs["."] = Log(tmp_path / "run")
    for plugin, tag, run in json.loads((tmp_path / "run" / "run.json").read_text())["pins"]:
        assert any(tag in log.tags(plugin) for name, log in runs.items() if run in (name, None)), (plugin, tag, run)


def test_a_run_notes_its_settings_and_pins(tmp_path: Path) -> None:
    cli.main(["neurons", "--log-dir", str(tmp_path / "run"), "--steps", "2", "--model", "mlp", "--trials", "1"])
    note = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (note["demo"], note["config"]["steps"], note["config"]["model"]) == ("neurons", 2, "mlp")
    runs = {path.name for path in (tmp_path / "run").iterdir() if path.is_dir()}
    assert {run for _, _, run in note["pins"] if run} == runs | {"."} == {"1_mlp", "."}


def test_runs_get_a_folder_of_their_own_under_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        cli.main(SHORT)
    assert len(list((tmp_path / "logs" / "neurons").iterdir())) == 2
