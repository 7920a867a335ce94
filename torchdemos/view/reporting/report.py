"""A log folder as one HTML file that opens from disk, without TensorBoard and without a network."""

import base64
import hashlib
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from torchdemos.log import plain, run_folder
from torchdemos.log.shown import shown
from torchdemos.log.whole_file import write_whole
from torchdemos.view.reporting import breadth, bundle, exhibits
from torchdemos.view.reporting.section import Section

FRAME_HEIGHT = 640  # pixels in a notebook


@dataclass(frozen=True)
class Report:
    """A page that a notebook shows and `save` writes."""

    html: str = field(repr=False)  # a notebook saves the text of a result beside it

    def save(self, path: str | Path) -> Path:
        """Write the file; one that was there stays until the new one is whole. Raises `OSError` in a sentence."""
        target = Path(path).expanduser()
        try:
            write_whole(target, self.html)
        except OSError as error:
            raise OSError(error.errno, f"cannot write the report {shown(target)}: {error.strerror}") from error
        return target

    def _repr_html_(self) -> str:
        """A frame of its own keeps the scripts and styles of notebook and page apart."""
        frame = f'sandbox="allow-scripts" width="100%" height="{FRAME_HEIGHT}" style="border: 1px solid #8888"'
        return f'<iframe srcdoc="{escape(self.html)}" {frame}></iframe>'


def report(logdir: str | Path | None = None, newest: bool = False) -> Report:
    """Make one page about a run, about a folder with several runs, or with None about the newest run in ./logs.

    The page is one HTML file with all that it needs: `save(path)` writes it, and a notebook shows it inline. Of a
    folder with several runs it has the newest eight, in the order of the five questions. The log is only read.

    Raises `FileNotFoundError` for a folder that does not exist or holds no log, and `ValueError` for one that gathers
    logs by chance, such as /tmp, unless `newest` is true; `save` raises `OSError` for a file that cannot be written.

    ```python
    from torchdemos import report, watch

    around = watch(model, "logs/mine")
    with around(0):
        loss_fn(model(inputs), targets).backward()
    report("logs/mine").save("mine.html")
    ```
    """
    folder = run_folder.find(logdir)
    if not newest:
        breadth.check(folder)
    found, older = exhibits.find(folder)
    if not found:
        raise FileNotFoundError(f"there is nothing in the TensorBoard log in {folder}: has its first step been logged?")
    sections = sorted((Section(exhibit, len(found)) for exhibit in found), key=lambda section: section.rank)
    several = len(sections) > 1
    body = "".join(section.html(f"exhibit-{i}", 2 if several else 1) for i, section in enumerate(sections))
    if several:
        body = _contents(folder, sections, older) + body
    return Report(_page(sections[0].question if not several else folder.name, body, [s.data for s in sections]))


def _contents(folder: Path, sections: list[Section], older: list[str]) -> str:
    rows = "".join(
        f'<li><a href="#exhibit-{i}">{escape(section.question)}</a> <small>{escape(section.name)}</small></li>'
        for i, section in enumerate(sections)
    )
    left = f"<p>Left out: {len(older)} older runs ({escape(', '.join(older))}).</p>" if older else ""
    return f"<nav><h1>{len(sections)} runs in {escape(folder.resolve().name)}</h1><ol>{rows}</ol>{left}</nav>"


def _page(title: str, body: str, data: Any) -> str:
    """The policy allows our one script and no other, and no request to anywhere, whatever a log may hold."""
    script = bundle.script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    policy = f"default-src 'none'; base-uri 'none'; form-action 'none'; {allowed}"
    packed = plain.packed(data).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{bundle.styles()}</style></head><body><main>{body}</main>"
        "<noscript>The charts on this page need JavaScript.</noscript>"
        f'<script type="application/json" id="data">{packed}</script>'
        f'<script type="module">{script}</script></body></html>\n'
    )
