"""A small and safe part of Markdown as HTML: headings, paragraphs, lists, tables, code, bold, and links.

Everything is escaped first, so no text from a log can become a tag. Links lead into the page (#...) or to http(s);
any other, such as one into TensorBoard, is left as its words.
"""

import re
from collections.abc import Callable, Sequence
from html import escape

LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*)\)")
SAFE = re.compile(r"(?:#[\w-]*|https?://[^\s\"'<>]+)")


def html(markdown: str, top: int = 1) -> str:
    """The page as HTML; its first level of headings is <h`top`>."""
    fenced = re.split(r"^```.*$", markdown.replace("\0", ""), flags=re.MULTILINE)
    words = [
        _blocks(part, top) if i % 2 == 0 else f"<pre>{escape(part.strip())}</pre>" for i, part in enumerate(fenced)
    ]
    return "\n".join(filter(None, words))


def inline(text: str) -> str:
    """Code, bold, powers and links within a line."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(_bold(part) if i % 2 == 0 else f"<code>{escape(part)}</code>" for i, part in enumerate(parts))


def sections(markdown: str) -> dict[str, str]:
    """What stands under each heading; under "" what comes before the first. Of two alike the last holds."""
    parts = re.split(r"^#+[ \t]+(.*)$", markdown, flags=re.MULTILINE)
    return {"": parts[0].strip()} | {
        title.strip(): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def title(markdown: str) -> str:
    """The first heading of the first level; empty if there is none."""
    found = re.search(r"^# +(.+)$", markdown, flags=re.MULTILINE)
    return found[1].strip() if found else ""


def _bold(text: str) -> str:
    powers = re.sub(r"\^([+-]?\d+(?:\.\d+)?)", r"<sup>\1</sup>", LINK.sub(_link, escape(text)))
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", powers)


def _link(found: re.Match[str]) -> str:
    words, target = found.groups()
    return f'<a href="{target}">{words}</a>' if SAFE.fullmatch(target) else words


def _blocks(markdown: str, top: int) -> str:
    made = []
    for block in re.split(r"\n\s*\n|\n(?=#)", markdown):
        made += [_block(lines, top)] if (lines := [line.strip() for line in block.splitlines() if line.strip()]) else []
    return "\n".join(made)


def _block(lines: Sequence[str], top: int) -> str:
    heading = re.match(r"(#+) +", lines[0])
    if heading:
        level = min(len(heading[1]) + top - 1, 6)
        rest = _block(lines[1:], top) if lines[1:] else ""
        return f"<h{level}>{inline(lines[0][heading.end() :])}</h{level}>{rest}"
    kinds: list[tuple[str, Callable[[Sequence[str]], str]]] = [
        (r"\|.*", _table), (r"[*+-] .*", _list("ul")), (r"\d+[.)] .*", _list("ol"))
    ]  # fmt: skip
    for pattern, make in kinds:
        if all(re.fullmatch(pattern, line) for line in lines):
            return make(lines)
    return f"<p>{inline(' '.join(lines))}</p>"


def _list(tag: str) -> Callable[[Sequence[str]], str]:
    def make(lines: Sequence[str]) -> str:
        items = "".join(f"<li>{inline(line.split(' ', 1)[1])}</li>" for line in lines)
        return f"<{tag}>{items}</{tag}>"

    return make


def _table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    ruled = len(rows) > 1 and all(re.fullmatch(r":?-+:?", cell) for cell in rows[1])
    return table(rows[0], rows[2:]) if ruled else table([], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of lines of Markdown."""
    top = f"<thead><tr>{''.join(f'<th>{inline(cell)}</th>' for cell in head)}</tr></thead>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{inline(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table"><table>{top}<tbody>{body}</tbody></table></div>'
