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


def test_names_to_try_are_those_that_nothing_has(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a_2").touch()
    (tmp_path / "a_4").mkdir()
    names = run_folder.names(tmp_path / "a")
    assert [next(names).name for _ in range(4)] == ["a", "a_3", "a_5", "a_6"]


def test_thousands_of_used_names_are_one_look_at_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = [Path(f"a_{number}") for number in range(2, 3_000)]
    asked: list[Path] = []
    monkeypatch.setattr(os, "scandir", lambda folder: asked.append(folder) or used)
    names = run_folder.names(tmp_path / "a")
    assert (next(names), next(names).name, asked) == (tmp_path / "a", "a_3000", [tmp_path])


@pytest.mark.parametrize("name", [".", "", "./", "..", "/", "~"])
def test_no_log_lies_beside_the_folder_around_us(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    names = run_folder.names(Path(name).expanduser())
    next(names)
    with pytest.raises(FileExistsError, match="holds other things than a log: name a folder for this run"):
        next(names)


def test_a_folder_that_dots_lead_to_has_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    names = run_folder.names(tmp_path / "a" / "b" / "..")
    assert [next(names), next(names)] == [tmp_path / "a" / "b" / "..", tmp_path / "a_2"]


def test_demos_that_start_in_the_same_second_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_folder, "datetime", Clock)
    folders = [run_folder.make_fresh("demo").name for _ in range(3)]
    assert folders == ["now", "now_2", "now_3"]
    assert all((tmp_path / "logs" / "demo" / folder).is_dir() for folder in folders)


class Clock:
    """It stands still."""

    @classmethod
    def now(cls) -> "Clock":
        return cls()

    def strftime(self, form: str) -> str:
        return "now"


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


def test_a_pipe_or_a_device_in_place_of_a_note_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / run_folder.NOTE)
    (tmp_path / run_folder.RESULT).symlink_to("/dev/zero")
    assert run_folder.read(tmp_path / run_folder.NOTE) == run_folder.read(tmp_path / run_folder.RESULT) == {}
    assert list(run_folder.first_views(tmp_path)) == []
