"""Where TensorBoard cannot be imported, in whichever way, `torchdemos open` serves the report."""

import re
import shutil
import subprocess
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from event_files import VERSION, scalars, write
from raw_http import ask

from torchdemos import view
from torchdemos.view import server, without_tensorboard
from torchdemos.view.serving.server import Server
from torchdemos.view.without_tensorboard import ReportDesk

BLOCKED = """
import sys
for name in ("tensorboard", "google.protobuf", "grpc", "werkzeug"):
    sys.modules[name] = None
from torchdemos.cli import main
main(["report", sys.argv[1]])
main(["open", sys.argv[1], "--port", "0"])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "run", [VERSION, *(scalars(step, loss=1.0) for step in range(3))])


def test_neither_report_nor_page_needs_tensorboard_or_what_comes_with_it(folder: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", BLOCKED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as opened:
        assert opened.stdout is not None and opened.stderr is not None
        said = ""
        while "Ctrl-C" not in said:
            line = opened.stdout.readline()
            assert line, opened.stderr.read()
            said += line
        (address,) = re.findall(r"http://localhost:\d+/\S+/", said)
        page = ask(address)
        opened.terminate()
        assert opened.stderr.read() == ""
    assert "TensorBoard cannot be imported (ModuleNotFoundError: " in said and (folder / "report.html").exists()
    assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert (
        page.body.startswith("<!DOCTYPE html>") and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    )


class Failing(MetaPathFinder):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        if fullname == "torchdemos.view.with_tensorboard":
            raise self.error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ModuleNotFoundError("No module named 'tensorboard'"), "ModuleNotFoundError: No module named 'tensorboard'"),
        (ImportError("libgrpc.so: cannot open\x1b[2J"), r"ImportError: libgrpc.so: cannot open\x1b[2J"),
        (TypeError("Descriptors cannot be created directly.\nIf this call ..."), "TypeError: Descriptors cannot be"),
        (AttributeError("module 'numpy' has no attribute 'string_'"), "AttributeError: module 'numpy' has no"),
    ],
)
def test_every_way_to_fail_is_told_in_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, why: str
) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    served: list[Server] = []
    monkeypatch.delattr(view, "with_tensorboard", raising=False)
    monkeypatch.delitem(sys.modules, "torchdemos.view.with_tensorboard", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Failing(error), *sys.meta_path])
    monkeypatch.setattr(server, "time", SimpleNamespace(sleep=interrupt))
    monkeypatch.setattr(
        "torchdemos.view.serving.server.Server", lambda *args: served.append(Server(*args)) or served[0]
    )
    server.serve(folder, "127.0.0.1", 0, open_browser=False)
    served[0].close()
    said = capsys.readouterr().out
    assert said.startswith(f"TensorBoard cannot be imported ({why}") and said.count("\n") == 6
    assert f"\n  {served[0].address}\n" in said


def test_the_report_is_made_anew_when_the_log_has_grown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    report = without_tensorboard.report
    monkeypatch.setattr(
        without_tensorboard, "report", lambda *args, **more: made.append(folder) or report(*args, **more)
    )
    served = Server(ReportDesk(folder), "127.0.0.1", 0)
    first, again = ask(served.address), ask(served.address)
    assert first.body == again.body and len(made) == 1
    write(folder, [VERSION, scalars(0, loss=1.0, accuracy=0.5)])
    assert "accuracy" in ask(served.address).body and "accuracy" not in first.body and len(made) == 2
    shutil.rmtree(folder)
    gone = ask(served.address)
    assert gone.status == 404 and "there is no" in gone.body
    served.close()


def test_there_is_nothing_else(folder: Path) -> None:
    served = Server(ReportDesk(folder), "127.0.0.1", 0)
    found = [ask(served.address, method, path).status for method, path in [("GET", "x"), ("POST", ""), ("GET", "../")]]
    served.close()
    assert found == [404] * 3


def test_an_empty_folder_is_a_sentence_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no"):
        ReportDesk(tmp_path)
