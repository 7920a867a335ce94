"""`torchdemos diagnose` says what is wrong with the models of a log."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from torchdemos import Finding, cli
from torchdemos.board import Board
from torchdemos.cli import diagnosing
from torchdemos.log import run_folder
from torchdemos.view import looks

BROKEN = Finding("not finite", "error", "fc2", 4, "NaN it is.", "Look there.", "IEEE 754")
WARNED = Finding("dead units", "warning", "fc1", 0, " ".join(["Many numbers say so."] * 6), "Try this.", "a paper")


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the rules find in every model."""
    found: list[Finding] = []
    monkeypatch.setattr(looks, "diagnose", lambda history, muted: found)
    return found


def log(folder: Path, steps: int = 3, prefix: str = "", loss: float | None = 1.0) -> Path:
    with Board(folder) as board:
        for step in range(steps):
            scalars = {"2_grad_norm_log10/00_fc1": 0.5, "2_grad_norm_summary/total": 0.5}
            board.log(10 * step, scalars | ({} if loss is None else {"1_overview/loss": loss}), prefix=prefix)
    return folder


def diagnose(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Exit code and what is said, on stdout if that is anything."""
    code = 0
    try:
        cli.main(["diagnose", *map(str, words)])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    said = capsys.readouterr()
    return code, said.out or said.err


def test_a_sound_model_is_said_to_have_nothing_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = log(tmp_path / "mine")
    code, said = diagnose(capsys, folder)
    heading, _, rest = said.partition("\n\n")
    assert " ".join(heading.split()) == f"{folder}: 3 looks, and 3 losses; the last step is 20"
    assert (code, rest) == (0, "Nothing is known to be wrong.\n")


def test_a_heading_that_does_not_fit_has_a_line_for_the_name() -> None:
    short, long = (diagnosing.Diagnosis(name, "", 3, 3, 20, []) for name in ("a", "a" * 40))
    assert diagnosing.text(Path("logs"), [short]).startswith("logs/a: 3 looks, and 3 losses; the last step is 20\n")
    lines = diagnosing.text(Path("logs"), [long]).splitlines()
    assert lines[:2] == [f"logs/{'a' * 40}:", "  3 looks, and 3 losses; the last step is 20"]


def test_two_looks_are_not_enough_to_say_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = diagnose(capsys, log(tmp_path / "mine", steps=2, loss=None))
    assert code == 0 and said.endswith("no loss was given; the last step is 10\n\n" + diagnosing.TOO_FEW + "\n")


def test_findings_are_three_parts_that_fit_into_80_columns(
    says: list[Finding], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says += [WARNED]
    code, said = diagnose(capsys, log(tmp_path / "mine", steps=1))
    lines = said.partition("\n\n")[2].splitlines()
    assert code == 0 and lines[0] == "warning: dead units in 'fc1', since step 0" and lines[-1] == "  Try this."
    assert all(len(line) <= 80 and line.startswith("  ") for line in lines[1:]) and len(lines) == 4


@pytest.mark.parametrize("found", [[BROKEN], [WARNED.leading_to([BROKEN])]], ids=["itself", "what follows"])
def test_an_error_is_exit_code_1(
    found: list[Finding], says: list[Finding], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says += found
    assert diagnose(capsys, log(tmp_path / "mine"))[0] == 1
    assert diagnose(capsys, tmp_path / "mine", "--json")[0] == 1


def test_every_model_of_every_run_has_its_heading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Board(log(tmp_path / "sweep" / "a", prefix="actor").parent / "b") as board:
        for prefix in ("actor", "critic"):
            board.log(0, {"2_grad_norm_log10/00_fc1": 0.5}, prefix=prefix)
    log(tmp_path / "sweep" / "0.theory")
    said = diagnose(capsys, tmp_path / "sweep")[1]
    headings = [line.partition(":")[0] for line in said.splitlines() if line.startswith(str(tmp_path))]
    assert headings == [f"{tmp_path}/sweep/{model}" for model in ("a, actor", "b, actor", "b, critic")]


def test_json_is_one_document_with_all_that_is_known(
    says: list[Finding], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says += [WARNED.leading_to([BROKEN])]
    (model,) = json.loads(diagnose(capsys, log(tmp_path / "mine", prefix="actor"), "--json")[1])
    findings = model.pop("findings")
    assert model == {"run": ".", "prefix": "actor", "looks": 3, "losses": 3, "last_step": 20, "damage": ""}
    assert findings[0]["consequences"][0].pop("consequences") == []
    assert findings[0]["consequences"][0] == {
        **{"kind": "not finite", "level": "error", "layer": "fc2", "step": 4},
        **{"evidence": "NaN it is.", "advice": "Look there.", "source": "IEEE 754"},
    }


def test_a_log_that_ends_in_a_torn_record_is_read_up_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file,) = log(tmp_path / "mine", steps=5).glob(run_folder.EVENT_FILES)
    file.write_bytes(file.read_bytes()[:-7])
    assert "4 looks, and 4 losses; the last step is 30" in diagnose(capsys, tmp_path / "mine")[1]


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "events.out.tfevents.1").write_bytes(b"torn")
    (tmp_path / "file").write_text("mine")
    for name, sentence in (
        ("gone", "there is no log folder"),
        ("file", "there is no log folder"),
        ("torn", "no watched model has a look in the log in"),
    ):
        for words in ([tmp_path / name], [tmp_path / name, "--json"]):
            code, said = diagnose(capsys, *words)
            assert code == 2 and said.startswith(f"torchdemos: {sentence}") and said.count("\n") == 1


def test_a_rule_that_fails_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "diagnose", lambda history, muted: {}["norm"])
    code, said = diagnose(capsys, log(tmp_path / "mine"))
    assert code == 2 and "a rule of torchdemos fails on the run ., please report it: KeyError: 'norm'" in said


def test_a_log_cannot_command_the_terminal(
    says: list[Finding], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says += [Finding("dead units", "warning", "\x1b[2J", 0, "Bad\x07.", "Try.", "")]
    assert "\x1b" not in (said := diagnose(capsys, log(tmp_path / "mine"))[1]) and "\x07" not in said


def test_reading_a_log_loads_no_torch(tmp_path: Path) -> None:
    code = "import sys; from torchdemos import cli; cli.main(sys.argv[1:]); print('torch' in sys.modules)"
    command = [sys.executable, "-c", code, "diagnose", str(log(tmp_path / "mine"))]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "False"


def test_damage_is_one_sentence_below_the_heading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = log(tmp_path / "mine")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    _, said = diagnose(capsys, folder)
    heading, told, _ = said.split("\n\n", 2)
    assert "2 looks" in heading and told.startswith("The last")


def test_a_log_of_nothing_but_damage_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tfevents").write_bytes(b"?" * 100)
    code, said = diagnose(capsys, tmp_path)
    assert code == 2 and "100 damaged bytes are left out" in " ".join(said.split())
