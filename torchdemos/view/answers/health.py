"""The page of a watched model: is it healthy?"""

from torchdemos.log.answers import Page
from torchdemos.view.events import LoggedRun


def page(run: LoggedRun, prefix: str, name: str) -> Page:
    """What the logged numbers of one model say about its health."""
    shown = f"{name}: {prefix}" if prefix else name
    return {"question": f"Is {shown} healthy?", "answer": "", "hero": {}, "cards": [], "claims": []}
