"""What the site adds to the pages of docs/, for properdocs.yml: pages from elsewhere, and the moving pictures."""

import posixpath
import re
from pathlib import Path
from typing import Any

import moving_picture
from properdocs.structure.files import File

ROOT = Path(__file__).parent.parent
ELSEWHERE = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "benchmarks/RESULTS.md",
    "benchmarks/faultbench/README.md",
    "benchmarks/faultbench/RESULTS.md",
    "benchmarks/faultbench/UNSEEN.md",
)
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)[^)#\s]+")
HEADING = re.compile(r"^# .*\n", re.MULTILINE)
FRAME = '\n<iframe class="moving" src="{}" title="the moving picture of this question"></iframe>\n'


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie outside docs/, and a page for the frame of each moving picture."""
    for name in ELSEWHERE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    for name in moving_picture.names():
        files.append(File.generated(config, _frame(name), content=moving_picture.html(name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links lead where the files lie on the site; below its heading, a question has its moving picture."""
    home = page.file.src_uri
    linked = LINK.sub(lambda found: _on_site(home, found[0]), markdown)
    name = page.file.name
    if name not in moving_picture.names():
        return linked
    return HEADING.sub(lambda found: found[0] + FRAME.format(_frame(name)), linked, count=1)


def _on_site(home: str, link: str) -> str:
    """A link between files of the repository as one between pages: on the site the folder docs/ is the root."""
    folder = posixpath.dirname(home if home in ELSEWHERE else f"docs/{home}")
    target = posixpath.normpath(posixpath.join(folder, link)).removeprefix("docs/")
    return posixpath.relpath(target, posixpath.dirname(home) or ".")


def _frame(name: str) -> str:
    return f"moving/{name}.html"
