"""What may be named as the folder of a run, and what is answered in a sentence."""

from pathlib import Path

import pytest

from torchdemos.log.places import is_around_us, place


@pytest.mark.parametrize(
    "address", ["s3://bucket/run", "gs://b", "hdfs://host:9000/x", "file:///tmp/x", Path("s3://bucket/run")]
)
def test_an_address_is_no_folder(address: str | Path) -> None:
    with pytest.raises(ValueError, match="is an address, and a log is written into a folder of this machine"):
        place(address)


@pytest.mark.parametrize(("name", "words"), [("", "is empty"), ("a\0b", "zero byte"), ("~nobody-here/a", "nobody has")])
def test_a_name_that_is_no_folders_is_one_sentence(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        place(name)


@pytest.mark.parametrize("name", ["-v", "lr=0.1:x", "C:/logs", "caf\udce9", "a b", "[x]*"])
def test_every_other_name_is_taken_as_it_is(name: str) -> None:
    assert place(name) == Path(name)


def test_a_folder_around_us_holds_more_than_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    for name in (".", "./", "..", "/", tmp_path, place("~")):
        assert is_around_us(Path(name)), name
    for name in ("a", "home/logs", "../a"):
        assert not is_around_us(Path(name)), name


def test_a_working_folder_that_is_gone_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert is_around_us(Path(".")) and not is_around_us(Path("a"))
