"""Run folders: which one is found, and what its notes say."""

import os
from pathlib import Path

import pytest

from torchdemos.log import run_folder

PINS = [("images", "4_pictures/p", "0_he")]


def noted(folder: Path, age: int = 0) -> Path:
    """A run that started `age` seconds before the others."""
    folder.mkdir(parents=True)
    (folder / "events.out.tfevents.1").touch()
    run_folder.describe(folder, "demo", {"steps": 1}, PINS)
    os.utime(folder / run_folder.NOTE, (1e9 - age, 1e9 - age))
    return folder


def test_a_folder_that_is_used_gets_a_number_behind_its_name(tmp_path: Path) -> None:
    assert run_folder.fresh(tmp_path / "a") == tmp_path / "a"
    noted(tmp_path / "a")
    noted(tmp_path / "a_2")
    assert run_folder.fresh(tmp_path / "a") == tmp_path / "a_3"


def test_the_newest_run_is_found_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    noted(Path("logs/demo/old"), age=10)
    newest = noted(Path("logs/demo/new"))
    assert run_folder.find(None) == newest
    assert run_folder.newest(Path("logs")) == run_folder.FirstView(newest, PINS)


def test_a_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    mine = noted(tmp_path / "mine")
    assert run_folder.find("~/mine") == mine


@pytest.mark.parametrize(
    ("name", "words"), [("gone", "there is no log folder"), (".", "there is no TensorBoard log in")]
)
def test_a_folder_without_a_log_is_one_sentence(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"{words} .*: run a demo first, or name the folder of a run"):
        run_folder.find(tmp_path / name)


@pytest.mark.parametrize("note", ["[]", "{", '{"pins": [1]}', '{"tab": ""}', "[" * 10**5, "\xff"])
def test_notes_of_somebody_else_are_passed_over(tmp_path: Path, note: str) -> None:
    noted(tmp_path / "mine", age=10)
    (noted(tmp_path / "other") / run_folder.NOTE).write_text(note, encoding="latin-1")
    found = run_folder.newest(tmp_path)
    assert found is not None and found.folder == tmp_path / "mine"


def test_what_was_written_is_read(tmp_path: Path) -> None:
    claims = [{"claim": "a"}]
    run_folder.conclude(tmp_path, "demo", {"steps": 1}, "digits", "It holds.", claims)
    ended = run_folder.read(tmp_path / run_folder.RESULT)
    assert (ended["verdict"], ended["claims"]) == ("It holds.", claims)
    assert run_folder.read(tmp_path / "gone") == {}
