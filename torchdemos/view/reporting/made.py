"""How an exhibit was made: its folder, data and settings, and what its page leaves out."""

from collections.abc import Mapping, Sequence

from torchdemos.view.markdown import inline
from torchdemos.view.reporting.exhibits import Exhibit


def of(exhibit: Exhibit, omissions: Sequence[str]) -> str:
    data, config = exhibit.result.get("data"), exhibit.note.get("config")
    given = config if isinstance(config, Mapping) else {}
    public = {name.replace("_", " "): value for name, value in given.items() if _public(name, value)}
    settings = ", ".join(f"{name} {value}" for name, value in public.items())
    lines = [f"Log folder: `{exhibit.name}`."]
    lines += [f"Data: {data}."] if data else []
    lines += [f"Settings: {settings}."] if settings else []
    lines += [f"To keep this page small, left out were {'; '.join(omissions)}."] if omissions else []
    return "".join(f"<p>{inline(line)}</p>" for line in lines)


def _public(name: str, value: object) -> bool:
    """Folders of the author's machine stay private, and unset flags say nothing."""
    return value is not None and value is not False and not name.endswith("_dir")
