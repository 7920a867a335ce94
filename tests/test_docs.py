"""What the pages say about the code is true: commands exist, links lead to files, tables show what a page tries."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from torchdemos.cli.parsing import parse

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]


@pytest.fixture
def what_to_try(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "docs")
    import what_to_try

    return what_to_try


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_is_one(page: Path) -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))
    typed = re.findall(r"^(?:\.venv/bin/)?torchdemos ([a-z].*)$", blocks, re.MULTILINE)
    for command in [*typed, *re.findall(r"`torchdemos ([a-z][^`]*)`", page.read_text())]:
        parse(command.split())  # exits if there is no such command or flag


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_each_question_has_a_table(what_to_try: ModuleType) -> None:
    assert set(what_to_try.COLUMNS) == {page.stem for page in PAGES if page.stem.startswith(("how_", "what_"))}


def test_a_table_has_a_row_for_each_command_that_its_page_tries(what_to_try: ModuleType) -> None:
    for name in what_to_try.COLUMNS:
        page, table = (ROOT / "docs" / f"{name}.md").read_text().split(what_to_try.BEGIN)
        tried = [what_to_try.flags(command) for command in what_to_try.commands(page)]
        assert len(tried) > 3 and re.findall(r"^\| (none|`[^`]+`) \|", table, re.MULTILINE) == tried
