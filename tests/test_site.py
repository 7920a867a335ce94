"""The documentation as a site: built without a warning, it asks for nothing from elsewhere, and its links lead on."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import torchdemos

pytest.importorskip("properdocs", reason="the extra 'docs' is not installed")
pytest.importorskip("mkdocstrings_handlers.python", reason="the extra 'docs' is not installed")

ROOT = Path(__file__).parent.parent
QUESTIONS = sorted(path.stem for path in (ROOT / "docs").glob("*.md") if path.stem.startswith(("what_", "how_")))
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}
MAX_BYTES = 150_000  # of a moving picture's numbers in the repository


class Page(HTMLParser):
    """What a page loads when it is opened, where its links lead, and what may be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded, self.links, self.anchors, self.frames = list[str](), list[str](), {""}, list[str]()
        self.text = path.read_text()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get(LOADED.get(tag, "")):
            self.loaded.append(given[LOADED[tag]])
        if tag == "iframe":
            self.frames.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "properdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_opening_a_page_asks_for_nothing_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    loaded = [(path.name, target) for path, page in pages.items() for target in page.loaded]
    assert len(loaded) > len(pages)
    assert [one for one in loaded if urlsplit(one[1]).netloc or urlsplit(one[1]).scheme not in ("", "data")] == []
    for sheet in [*site.rglob("*.css"), *pages]:
        assert re.findall(r"url\(\s*['\"]?(?!data:)\w+:|@import|url\(['\"]?//", sheet.read_text()) == []


def test_every_link_within_the_site_leads_to_a_place(site: Path, pages: dict[Path, Page]) -> None:
    lost = []
    for path, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or (target in pages and unquote(parts.fragment) not in pages[target].anchors):
                lost.append((path.name, link))
    assert lost == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_opens_with_its_moving_picture(name: str, site: Path, pages: dict[Path, Page]) -> None:
    page = pages[site / f"{name}.html"]
    assert page.frames == [f"moving/{name}.html"]
    assert page.text.index("<h1") < page.text.index("<iframe") < page.text.index("<p>")
    kept = ROOT / "docs" / "moving" / f"{name}.json"
    assert kept.stat().st_size < MAX_BYTES and json.loads(kept.read_text())["hero"]["kind"]


def test_only_pages_and_pictures_are_published(site: Path) -> None:
    assert {path.suffix for path in site.rglob("*.*")} <= {
        ".html", ".css", ".png", ".webp", ".ipynb", ".xml", ".gz", ".inv",
    }  # fmt: skip


def test_the_reference_has_every_public_name(site: Path, pages: dict[Path, Page]) -> None:
    reference = pages[site / "api.html"]
    assert {f"torchdemos.{name}" for name in torchdemos.__all__} <= reference.anchors
