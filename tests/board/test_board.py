"""The board: what goes in is what TensorBoard reads."""

import math
from pathlib import Path

import pytest
import torch
from reading import Log, raw_events

from torchdemos.board import Board
from torchdemos.log import tags


def test_what_is_logged_is_what_tensorboard_reads(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(
            3,
            scalars={"1_overview/loss": 0.5},
            histograms={"h": ([1, 2], [0.0, 1.0, 2.0])},
            pictures={"p": torch.rand(3, 4, 5)},
            texts={"README": "# hello"},
        )
    log = Log(tmp_path / "run")
    assert (log.steps("1_overview/loss"), log.values("1_overview/loss")) == ([3], [0.5])
    assert list(log.histogram("h").bucket) == [1, 2]
    assert log.image_steps("p") == [3]
    assert log.text("README") == "# hello"


def test_one_call_of_log_is_one_event(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={f"s/{i}": float(i) for i in range(200)}, texts={"t": "x"})
        board.log(1)
    assert len(raw_events(tmp_path / "run")) == 2  # the file's version, and ours


def test_a_record_is_on_disk_before_the_board_is_closed(tmp_path: Path) -> None:
    board = Board(tmp_path / "run")
    board.log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "run").values("s") == [1.0]
    board.close()


def test_logging_after_close_is_an_error(tmp_path: Path) -> None:
    board = Board(tmp_path / "run")
    board.close()
    with pytest.raises(RuntimeError, match="closed"):
        board.log(0, scalars={"s": 1.0})


def test_a_variant_lies_below_and_closes_with_its_board(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        variant = board.variant("0_he")
        variant.log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "run" / "0_he").values("s") == [1.0]
    with pytest.raises(RuntimeError, match="closed"):
        variant.log(1, scalars={"s": 1.0})


def test_nan_is_written_and_the_first_one_noted(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(2, scalars={"1_overview/loss": 1.0})
        board.log(3, scalars={"1_overview/loss": math.nan})
        board.log(4, scalars={"1_overview/loss": math.inf})
    log = Log(tmp_path / "run")
    assert math.isnan(log.values("1_overview/loss")[1])
    assert log.text("diagnosis") == "`1_overview/loss` was not finite for the first time at step 3."


def test_descriptions_come_with_the_first_value_of_a_tag(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={tags.LOSS: 1.0, f"{tags.GRADIENT_NORM}/00_fc1": 1.0})
        board.log(1, scalars={tags.LOSS: 1.0})
    log = Log(tmp_path / "run")
    assert "ln 10" in log.description(tags.LOSS)
    assert "vanishing" in log.description(f"{tags.GRADIENT_NORM}/00_fc1")
    assert not raw_events(tmp_path / "run")[2].summary.value[0].metadata.summary_description


def test_later_histograms_of_a_tag_have_its_prefix_and_their_own_numbers(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for step, counts in enumerate(([1.0, 2.0], [0.0, 5.0])):
            board.log(step, histograms={"h": (counts, [0.0, 1.0, 2.0])}, prefix="generator")
    histogram = Log(tmp_path / "run").histogram("generator_h")
    assert (histogram.num, histogram.min, histogram.max, [*histogram.bucket]) == (5.0, 1.0, 2.0, [0.0, 5.0])


def test_a_loss_may_still_have_its_graph(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={"s": torch.ones(1, requires_grad=True).sum() * 3})
    assert Log(tmp_path / "run").values("s") == [3.0]


def test_a_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Board("~/run").close()
    assert (tmp_path / "run").is_dir()


def test_a_prefix_keeps_two_models_apart_under_the_same_descriptions(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for name in ("generator", "discriminator", ""):
            board.log(0, scalars={f"{tags.GRADIENT_NORM}/00_fc1": 1.0}, texts={"silent": name}, prefix=name)
    log = Log(tmp_path / "run")
    plain = f"{tags.GRADIENT_NORM}/00_fc1"
    assert set(log.tags()) == {f"generator_{plain}", f"discriminator_{plain}", plain}
    assert log.description(f"generator_{plain}") == log.description(plain) != ""
    assert log.text("generator_silent") == "generator"


def test_each_prefix_notes_its_own_first_number_that_is_not_finite(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for step, name in enumerate(["a", "b", "a"]):
            board.log(step, scalars={"s": math.nan}, prefix=name)
    log = Log(tmp_path / "run")
    assert log.text("a_diagnosis") == "`a_s` was not finite for the first time at step 0."
    assert log.text("b_diagnosis") == "`b_s` was not finite for the first time at step 1."


def test_two_names_that_become_one_tag_have_curves_of_their_own(tmp_path: Path) -> None:
    names = [("", "a_b_c"), ("a", "b_c"), ("a_b", "c"), ("a b", "c"), ("a.b", "c"), ("", "x?"), ("", "x\udce9")]
    with Board(tmp_path / "run") as board:
        for step in range(3):
            for number, (prefix, tag) in enumerate(names):
                board.log(step, scalars={tag: number}, histograms={f"h_{tag}": ([1], [0, 1])}, prefix=prefix)
    log = Log(tmp_path / "run")
    assert sorted(log.values(tag)[0] for tag in log.tags()) == list(range(len(names)))
    assert all(log.steps(tag) == [0, 1, 2] for tag in log.tags()) and len(log.tags("histograms")) == len(names)


def test_half_a_character_is_no_error(tmp_path: Path) -> None:
    evil = "\x1b[2J\udce9"
    with Board(tmp_path / evil) as board:
        board.describe({evil: evil})
        board.log(0, scalars={evil: math.nan}, texts={evil: evil}, pictures={evil: torch.zeros(3, 1, 1)}, prefix=evil)
    log = Log((tmp_path / evil).rename(tmp_path / "run"))  # TensorBoard opens no folder whose name is not UTF-8
    assert len([*log.tags(), *log.tags("images"), *log.tags("tensors")]) == 4


def test_a_log_is_on_the_disk_on_request_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr("torchdemos.board.record_file.os.fsync", seen.append)
    board = Board(tmp_path / "run")
    board.variant("0_he")
    board.log(0, scalars={"s": 1.0})
    assert seen == []
    board.sync()
    assert len(seen) == 4  # two files, and the folders that name them
    board.close()
    assert len(seen) == 8


@pytest.mark.parametrize("name", ["", "s3://bucket/run", "~nobody-here/run"])
def test_a_name_that_is_no_folders_makes_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError):
        Board(name)
    assert list(tmp_path.iterdir()) == []
