"""A folder belongs to one run, however many want it at once."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from torchdemos.log.claims import CLAIM, LONGEST, claimed
from torchdemos.log.run_folder import EVENT_FILES

RACER = """
import os, sys, time
from pathlib import Path
from torchdemos.log import run_folder
from torchdemos.log.claims import claimed

def started(folder):
    for name in run_folder.names(folder):
        try:
            with claimed(name):
                time.sleep(0.005)  # so that the others come in between
                (name / f"events.out.tfevents.{os.getpid()}").touch()
            return name
        except FileExistsError:
            pass

root = Path(sys.argv[1])
(root / f"ready{os.getpid()}").touch()
while not (root / "go").exists():
    time.sleep(0.001)
began, folders = (root / "go").stat().st_mtime, []
for number in range(20):
    time.sleep(max(0.0, began + 0.05 + 0.015 * number - time.time()))
    folders.append(started(root / "runs" / str(number)))
print(*folders)
"""
RACERS, ROUNDS = 4, 20


def test_processes_that_start_together_have_folders_of_their_own(tmp_path: Path) -> None:
    for number in range(0, ROUNDS, 2):
        (tmp_path / "runs" / str(number)).mkdir(parents=True)  # somebody made an empty one
    command = [sys.executable, "-c", RACER, str(tmp_path)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(RACERS)]
    while len(list(tmp_path.glob("ready*"))) < RACERS and not any(racer.poll() for racer in racers):
        time.sleep(0.01)
    (tmp_path / "go").touch()
    folders = Counter(folder for racer in racers for folder in racer.communicate()[0].split())
    assert len(folders) == RACERS * ROUNDS == folders.total()
    assert all(len(list(Path(folder).iterdir())) == 1 for folder in folders)


def test_a_folder_that_is_being_claimed_is_in_use(tmp_path: Path) -> None:
    for resume in (False, True):
        with (
            claimed(tmp_path / "a"),
            pytest.raises(FileExistsError, match="already in use"),
            claimed(tmp_path / "a", resume),
        ):
            pass
    assert list((tmp_path / "a").iterdir()) == []


def test_the_claim_decides_and_not_the_look_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with claimed(tmp_path / "a"):
        seen_too_early(monkeypatch)
        with pytest.raises(FileExistsError), claimed(tmp_path / "a"):
            pass
        (tmp_path / "a" / "run").touch()
    seen_too_early(monkeypatch)
    with pytest.raises(FileExistsError), claimed(tmp_path / "a"):
        pass
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["run"]


def seen_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look at a folder is from the time when it was empty."""
    now, looks = Path.iterdir, iter([iter(())])
    monkeypatch.setattr(Path, "iterdir", lambda folder: next(looks, None) or now(folder))


def test_whatever_a_folder_holds_puts_it_in_use(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FileExistsError, match="choose another"), claimed(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_claim_that_a_killed_process_left_does_not_stand_for_ever(tmp_path: Path) -> None:
    (tmp_path / CLAIM).touch()
    with pytest.raises(FileExistsError), claimed(tmp_path, resume=True):
        pass
    os.utime(tmp_path / CLAIM, (0, time.time() - 2 * LONGEST))
    with claimed(tmp_path, resume=True):
        pass
    assert list(tmp_path.iterdir()) == []


HOLDER = """
import sys
from torchdemos.log import locks
file = open(sys.argv[1], "ab")
locks.hold(file.fileno())
print(flush=True)
sys.stdin.read()
"""


def test_a_run_that_is_alive_cannot_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1").touch()
    command = [sys.executable, "-c", HOLDER, str(next(tmp_path.glob(EVENT_FILES)))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as alive:
        assert alive.stdout and alive.stdout.readline() == b"\n"
        with pytest.raises(FileExistsError, match="already in use"), claimed(tmp_path, resume=True):
            pass
        alive.kill()
    with claimed(tmp_path, resume=True):
        pass


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_in_place_of_a_folder_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file, or lies below one"), claimed(tmp_path / name):
        pass
