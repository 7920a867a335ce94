"""The modules of `web/` as one script, and its styles as one sheet: a page on disk cannot import anything."""

import re

from torchdemos.view import web

IMPORT = re.compile(r'^import .* from "\./(.+)";$', re.MULTILINE)
STYLES = (
    "style.css",
    "chart.css",
    "answer.css",
    "digit.css",
    "starts.css",
    "loss_curve.css",
    "valley.css",
    "chain.css",
    "health.css",
    "report.css",
)


def script(name: str = "report.js") -> str:
    """A module and everything that it imports, each module before those that use it."""
    sources: dict[str, str] = {}
    _collect(name, sources)
    joined = "\n".join(IMPORT.sub("", source) for source in sources.values())
    return re.sub(r"^export ", "", joined, flags=re.MULTILINE).replace("</script", "<\\/script")


def styles() -> str:
    return "\n".join((web.FOLDER / name).read_text(encoding="utf-8") for name in STYLES)


def _collect(name: str, sources: dict[str, str]) -> None:
    if name not in sources:
        source = (web.FOLDER / name).read_text(encoding="utf-8")
        for needed in IMPORT.findall(source):
            _collect(needed, sources)
        sources[name] = source
