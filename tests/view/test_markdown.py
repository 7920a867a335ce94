"""Markdown as HTML, whatever it holds."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torchdemos.view import markdown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# A `b` **c**", "<h1>A <code>b</code> <strong>c</strong></h1>"),
        ("one\ntwo\n\nthree", "<p>one\ntwo</p>\n<p>three</p>"),
        ("* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("```\n<b>\n```", "<pre>&lt;b&gt;</pre>"),
        ("[a](https://x.org/?q=1&r=2)", '<p><a href="https://x.org/?q=1&amp;r=2">a</a></p>'),
        ("[a](#b)", '<p><a href="#b">a</a></p>'),
        ("[a](javascript:alert(1))", None),
        ("[a](?pinnedCards=1#timeseries)", "<p>a</p>"),
        ("[a](//evil.org)", "<p>a</p>"),
        ("<https://x.org/a>", '<p><a href="https://x.org/a">https://x.org/a</a></p>'),
        ("<mailto:a@x.org>", "<p>mailto:a@x.org</p>"),
        ("![a *b*](https://x.org/p.png)", "<p>a b</p>"),
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
        ("&lt;b&gt;", "<p>&lt;b&gt;</p>"),
        ("10^-3 and 2^0.5, not `10^3`", "<p>10<sup>-3</sup> and 2<sup>0.5</sup>, not <code>10^3</code></p>"),
        ("`**a**`", "<p><code>**a**</code></p>"),
        ("|", None),
        ("# ", None),
    ],
)
def test_markdown_becomes_html(source: str, expected: str | None) -> None:
    made = markdown.html(source)
    assert expected is None or made == expected
    assert 'href="java' not in made


def test_a_markdown_table_scrolls_on_its_own() -> None:
    made = markdown.html("|a|b|\n|---|---|\n|1|2|").replace("\n", "")
    assert made.startswith('<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead>')
    assert "<td>1</td><td>2</td>" in made


def test_headings_begin_at_the_level_of_the_page_and_end_at_6() -> None:
    assert markdown.html("# a\n### b\n##### c", top=4) == "<h4>a</h4>\n<h6>b</h6>\n<h6>c</h6>"


def test_cells_of_a_table_are_markdown() -> None:
    made = markdown.table(["a"], [["**x**", "p|q"]])
    assert "<th>a</th>" in made and "<td><strong>x</strong></td><td>p|q</td>" in made


def test_sections_are_the_texts_under_their_headings() -> None:
    page = "before\n# A title\n\n## b\none\n## b\ntwo\n#no heading"
    assert markdown.sections(page) == {"": "before", "A title": "", "b": "two\n#no heading"}
    assert markdown.title(page) == "A title" and markdown.title("## b") == ""


HOSTILE = {
    "links": "[" * 5000,
    "images": "![" * 2000,
    "nested links": "[" * 2000 + "](x)" * 2000,
    "quotes": "> " * 5000,
    "lists": "- " * 5000,
    "indented lists": "".join("  " * depth + "- a\n" for depth in range(200)),
    "emphasis": "**a *b _c " * 1000,
    "code": "".join("`" * length + "a" for length in range(100)),
    "references": "[a\n" * 1000,
    "a wide and long table": "|a" * 100 + "\n" + "|-" * 100 + "\n" + "|\n" * 300,
    "surrogates": "[a](https://\ud800.org) \ud800",
    "zeros": "\0# a\0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_shown_without_an_error(text: str) -> None:
    assert markdown.html(text) and markdown.inline(text)


def test_of_a_text_that_is_too_long_to_parse_the_beginning_is_shown_as_it_is() -> None:
    shown = "&lt;b&gt;" + "[" * (markdown.MAX_CHARACTERS - 3)
    text = "<b>" + "[" * 10_000_000
    left = f"<p>{len(text) - markdown.MAX_CHARACTERS:,} more characters are left out.</p>"
    assert markdown.html(text) == f"<pre>{shown}</pre>{left}" and markdown.inline(text) == f"{shown}…"


class Elements(HTMLParser):
    """The tags and attributes of a page as a browser finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


HARMLESS = {"a", "p", "em", "strong", "sup", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br"}
HARMLESS |= {"h1", "h2", "h3", "h4", "h5", "h6", "div", "table", "thead", "tbody", "tr", "th", "td"}
PIECES = ["[a](", "javascript:alert(1)", "https://x.org", "#b", ")", "<img src=x onerror=alert(1)>", "<script>", "![",
          "](", "<javascript:a>", "<a@b.c>", "`", "**", "\n", "\n\n", "|", "-", "|-|\n", "* ", "> ", "# ", '"', "'",
          "&lt;", "\\", "^2", "[a]: data:x\n", "[a]", "```\n", "    ", "=\n", "é"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_nothing_in_a_text_becomes_an_element_that_acts(text: str) -> None:
    for page in (markdown.html(text), markdown.inline(text)):
        found = Elements(page)
        assert found.tags <= HARMLESS
        for name, value in found.attributes:
            assert name in ("href", "title", "class", "style", "start")
            assert name != "href" or re.fullmatch(r"#[\w-]*|https?://[^\s\"'<>]+", value or "")
            assert name != "style" or re.fullmatch(r"text-align:(left|right|center)", value or "")
