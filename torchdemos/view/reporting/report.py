"""A log folder as one HTML file that opens from disk, without TensorBoard and without a network."""

import base64
import hashlib
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from torchdemos.log import run_folder
from torchdemos.view.reporting import bundle, exhibits
from torchdemos.view.reporting.section import Section

HEIGHT = 640  # of the frame in a notebook


@dataclass(frozen=True)
class Report:
    """A page: shown by a notebook, saved by `save`."""

    html: str

    def save(self, path: str | Path) -> Path:
        """Write the file. Raises `OSError` in a sentence."""
        target = Path(path).expanduser()
        try:
            target.write_text(self.html, encoding="utf-8")
        except OSError as error:
            raise OSError(error.errno, f"cannot write the report {target}: {error.strerror}") from error
        return target

    def _repr_html_(self) -> str:
        """A frame of its own, so that notebook and page leave each other alone."""
        frame = f'sandbox="allow-scripts" width="100%" height="{HEIGHT}" style="border: 1px solid #8888"'
        return f'<iframe srcdoc="{escape(self.html)}" {frame}></iframe>'


def report(logdir: str | Path | None = None) -> Report:
    """The page of a run, of a folder with several, or (None) of the newest run in ./logs.

    ```python
    from torchdemos import report
    report("logs/mine").save("mine.html")
    ```

    Raises `FileNotFoundError` for a folder that does not exist or holds no log.
    """
    folder = find(logdir)
    found, older = exhibits.find(folder)
    if not found:
        raise FileNotFoundError(f"there is nothing in the TensorBoard log in {folder}: has its first step been logged?")
    sections = [Section(exhibit, f"exhibit-{i}") for i, exhibit in enumerate(found)]
    several = len(sections) > 1
    body = "".join(section.html(2 if several else 1) for section in sections)
    if several:
        body = _contents(folder, found, older) + body
    return Report(_page(found[0].question if not several else folder.name, body, [s.data for s in sections]))


def find(logdir: str | Path | None) -> Path:
    """The folder to report on. Raises `FileNotFoundError` in a sentence."""
    newest = run_folder.newest(run_folder.LOGS) if logdir is None else None
    folder = Path(logdir).expanduser() if logdir is not None else newest.folder if newest else run_folder.LOGS
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no log folder {folder}: run a demo first, or name the folder of a run")
    if not any(folder.rglob("*tfevents*")):
        raise FileNotFoundError(
            f"there is no TensorBoard log in {folder}: run a demo first, or name the folder of a run"
        )
    return folder


def _contents(folder: Path, found: list[exhibits.Exhibit], older: list[str]) -> str:
    rows = "".join(
        f'<li><a href="#exhibit-{i}">{escape(exhibit.question)}</a> <small>{escape(exhibit.name)}</small></li>'
        for i, exhibit in enumerate(found)
    )
    left = f"<p>Left out: {len(older)} older runs ({escape(', '.join(older))}).</p>" if older else ""
    return f"<nav><h1>{len(found)} runs in {escape(folder.resolve().name)}</h1><ol>{rows}</ol>{left}</nav>"


def _page(title: str, body: str, data: Any) -> str:
    """The policy lets nothing run but our one script, and nothing be fetched, whatever a log may hold."""
    script = bundle.script()
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{known}'"
    policy = f"default-src 'none'; base-uri 'none'; form-action 'none'; {allowed}"
    packed = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{bundle.styles()}</style></head><body><main>{body}</main>"
        "<noscript>The charts on this page need JavaScript.</noscript>"
        f'<script type="application/json" id="data">{packed}</script>'
        f'<script type="module">{script}</script></body></html>\n'
    )
