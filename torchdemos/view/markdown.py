"""Markdown as HTML that is safe to show, whatever text a log holds.

Raw HTML stays text, and an image is its alternative text. A link leads into the page (#...) or to http(s); any other,
such as one into TensorBoard, is left as its words.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_CHARACTERS = 50_000  # hostile ones take two seconds to parse; the longest text of the demos has 15,000
SAFE_LINK = re.compile(r"(?:#[\w-]*|https?://[^\s\"'<>]+)")
POWER = re.compile(r"\^([+-]?\d+(?:\.\d+)?)")


def html(markdown: str, top: int = 1) -> str:
    """The page as HTML; its first level of headings is <h`top`>. Of a text too long to parse the beginning is shown."""
    if len(markdown) > MAX_CHARACTERS:
        left = len(markdown) - MAX_CHARACTERS
        return f"{_preformatted(markdown[:MAX_CHARACTERS])}<p>{left:,} more characters are left out.</p>"
    return _rendered(_parser().parse(markdown), top)


def inline(text: str) -> str:
    """Code, bold, powers and links within a line."""
    return f"{escape(text[:MAX_CHARACTERS])}…" if len(text) > MAX_CHARACTERS else _rendered(_parser().parseInline(text))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose cells are lines of Markdown."""
    top = "".join(f"<th>{inline(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{inline(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def sections(markdown: str) -> dict[str, str]:
    """The text under each heading, and under "" the text before the first. The last of two equal headings counts."""
    parts = re.split(r"^#+[ \t]+(.*)$", markdown, flags=re.MULTILINE)
    return {"": parts[0].strip()} | {
        title.strip(): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def title(markdown: str) -> str:
    """The first heading of the first level; empty if there is none."""
    found = re.search(r"^# +(.+)$", markdown, flags=re.MULTILINE)
    return found[1].strip() if found else ""


@cache
def _parser() -> "MarkdownIt":
    """Imported late: the library takes 50 ms, a third of what importing the report takes."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    for kind, rule in RULES.items():
        parser.add_render_rule(kind, rule)
    return parser


def _rendered(tokens: "Sequence[Token]", top: int = 1) -> str:
    for token in tokens:
        token.children = _without_unsafe_links(token.children or ())
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + top - 1, 6)}"
    return str(_parser().renderer.render(tokens, _parser().options, {})).strip()


def _without_unsafe_links(tokens: "Iterable[Token]") -> "list[Token]":
    """Links do not nest, so the next end of a link belongs to the latest start."""
    kept, unsafe = [], False
    for token in tokens:
        if token.type == "link_open":
            unsafe = not SAFE_LINK.fullmatch(str(token.attrGet("href")))
        if not (unsafe and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def _preformatted(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _text(_: Any, tokens: "Sequence[Token]", place: int, *__: Any) -> str:
    return POWER.sub(r"<sup>\1</sup>", escape(tokens[place].content))


def _code(_: Any, tokens: "Sequence[Token]", place: int, *__: Any) -> str:
    return _preformatted(tokens[place].content.strip("\n"))


def _image(renderer: Any, tokens: "Sequence[Token]", place: int, *context: Any) -> str:
    return escape(renderer.renderInlineAsText(tokens[place].children, *context))


def _table_open(*_: Any) -> str:
    return '<div class="table"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>"


RULES = {
    "text": _text,
    "fence": _code,
    "code_block": _code,
    "image": _image,
    "table_open": _table_open,
    "table_close": _table_close,
}
