"""What becomes of a look: it is in the log as soon as the disk takes it, and findings are a text there."""

import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from full_disk import no_file_above, wait_for_thread_of
from reading import Log
from small import small, train
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from torchdemos import Board, every, watch
from torchdemos.log import tags
from torchdemos.watching.steps import Watch

TOTAL = f"{tags.GRADIENT_SUMMARY}/total"


def trained(around: Watch, model: nn.Module, steps: int = 4) -> None:
    """A network that begins with zeros, and stays so."""
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    for step in range(steps):
        with around(step):
            model(torch.arange(24.0).view(4, 6) / 24).square().sum().backward()
            optimizer.step()


def test_findings_are_a_text_of_the_log_once_they_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = small()
    trained(watch(model, tmp_path / "run", every(1)), model)
    assert Log(tmp_path / "run").text("findings").startswith("**equal units** (error, ")
    assert "equal units" in capsys.readouterr().err


def test_muted_findings_are_told_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = small()
    around = watch(model, tmp_path / "run", every(1), muted=["equal units", "dead units", "gradient cut off"])
    trained(around, model)
    assert around.findings() == [] and not capsys.readouterr().err


def test_what_else_is_known_lets_the_rules_say_more() -> None:
    around = watch(small())
    assert around.findings([-1.0, -1.0]) == []
    assert [finding.kind for finding in around.findings([-1.0, -1.0], loss_minimum=0.0)] == ["loss below its minimum"]


def look(around: Watch, model: nn.Module, step: int) -> None:
    with around(step):
        train(model)


@pytest.mark.parametrize("made", [Path, Board], ids=["folder", "board"])
def test_a_full_disk_pauses_the_log_and_neither_training_nor_watching(
    made: Callable[[Path], Path | Board], tmp_path: Path
) -> None:
    model = small()
    around = watch(model, made(tmp_path / "mine"), every(1), alert=None)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with no_file_above(100):
            look(around, model, 0)
            look(around, model, 1)
        look(around, model, 2)
        with no_file_above(100):
            look(around, model, 3)
        look(around, model, 4)
    log = Log(tmp_path / "mine")
    assert log.steps(TOTAL) == [2, 4] and log.text("layers").startswith("* 00_0: Linear")
    assert [str(one.message).split(",")[0] for one in told] == [
        "the look at step 0 is not in the log",
        "looks are logged again from step 2 on; the log lacks 2 before it",
    ]
    assert around.history.steps == [0, 1, 2, 3, 4]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of the writer's own thread
def test_a_full_disk_under_a_writer_of_the_users_own_ends_no_training(tmp_path: Path) -> None:
    model = small()
    writer = SummaryWriter(str(tmp_path / "own"))
    around = watch(model, writer, every(1), alert=None)
    with no_file_above(100), pytest.warns(UserWarning, match="training goes on: cannot write the log in .*own"):
        look(around, model, 0)
    look(around, model, 1)
    assert around.last and around.last.step == 1
    wait_for_thread_of(writer)


def test_looks_that_a_full_disk_did_not_take_are_in_the_recorder(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", every(1), alert=None, recorder=8)
    with no_file_above(100), pytest.warns(UserWarning) as told:
        look(around, model, 0)
        look(around, model, 1)
        around.write_recorded()
    assert "the looks before this could not be written" in str(told[1].message)
    around.write_recorded()
    assert Log(tmp_path / "mine").steps(TOTAL) == [0, 1]


def test_the_end_of_a_watch_sees_the_log_onto_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("torchdemos.board.record_file.os.fsync", synced.append)
    with watch(small(), tmp_path / "mine"):
        assert synced == []
    assert len(synced) == 2  # the file, and the folder that names it


def test_a_board_that_its_owner_has_closed_is_on_the_disk_already(tmp_path: Path) -> None:
    with watch(small(), board := Board(tmp_path / "mine")):
        board.close()
    board.sync()


def test_a_board_that_its_owner_has_closed_too_soon_ends_no_training(tmp_path: Path) -> None:
    model, board = small(), Board(tmp_path / "mine")
    around = watch(model, board, every(1))
    board.close()
    with pytest.warns(
        UserWarning, match="could not be written, training goes on: RuntimeError: the board .* is closed"
    ):
        look(around, model, 0)
    assert around.last and around.last.step == 0


def test_what_a_name_would_do_to_a_terminal_is_spelt_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J"
    model = nn.Sequential(OrderedDict({f"{evil}{number}": nn.Linear(6, 6) for number in range(3)}))
    watch(model, tmp_path / evil)
    with pytest.warns(UserWarning, match="is in use") as told:
        trained(watch(model, tmp_path / evil, every(1)), model)
    printed = capsys.readouterr().err + "".join(str(one.message) for one in told)
    assert "\\x1b[2J" in printed and all(c.isprintable() or c == "\n" for c in printed)
    assert "in '\\x1b[2J0'" in printed
