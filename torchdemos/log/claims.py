"""How a run makes a folder its own, however many processes want the same one at once."""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from torchdemos.log import run_folder
from torchdemos.log.locks import is_held
from torchdemos.log.shown import shown

CLAIM = ".claim"
LONGEST = 60.0  # seconds for which a claim may stand; one that is older is of a process that was killed inside it


@contextmanager
def claimed(folder: Path, resume: bool = False) -> Iterator[None]:
    """Make a folder and keep all others off it for the `with` block, which puts the run's first file there.

    One process alone can make the file `.claim`; the others find it, or later what the block left. With `resume` the
    folder may hold a run, if nobody writes to that any more.

    Raises `FileExistsError` for a folder in use, `OSError` for one that cannot be made.
    """
    _make(folder)
    claim = _claim(folder, resume)
    try:
        if not _is_free(folder, resume):
            raise _in_use(folder)
        yield
    finally:
        with suppress(OSError):
            claim.unlink()


def _claim(folder: Path, resume: bool) -> Path:
    claim = folder / CLAIM
    try:
        if resume:
            _drop_if_left(claim)
        elif any(folder.iterdir()):  # nothing of ours comes into the folder of another, not even for a moment
            raise FileExistsError
        claim.open("xb").close()
    except FileExistsError as error:
        raise _in_use(folder) from error
    except OSError as error:
        raise OSError(error.errno, f"cannot write in the log folder {shown(folder)}: {error.strerror}") from error
    return claim


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        why = f"the log folder {shown(folder)} is a file, or lies below one: choose another name"
        raise NotADirectoryError(errno.ENOTDIR, why) from error
    except OSError as error:
        raise OSError(error.errno, f"cannot make the log folder {shown(folder)}: {error.strerror}") from error
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the log folder {shown(folder)} has a name that this machine's locale cannot write"
        ) from error


def _is_free(folder: Path, resume: bool) -> bool:
    if resume:
        return not any(map(is_held, folder.glob(run_folder.EVENT_FILES)))
    return all(path.name == CLAIM for path in folder.iterdir())


def _drop_if_left(claim: Path) -> None:
    with suppress(FileNotFoundError):
        if time.time() - claim.stat().st_mtime > LONGEST:
            claim.unlink()


def _in_use(folder: Path) -> FileExistsError:
    why = f"the log folder {shown(folder)} is already in use, and two runs in one folder zigzag: choose another"
    return FileExistsError(errno.EEXIST, why)
