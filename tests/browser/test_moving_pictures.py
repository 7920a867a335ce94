"""The moving picture of each question on the site, in a real browser."""

from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
HEARD = "addEventListener('message', ({data}) => { window.heard = data.height; })"


def test_each_picture_is_drawn_and_tells_its_height(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)
    import moving_picture

    page.add_init_script(HEARD)
    for name in moving_picture.names():
        path = tmp_path / f"{name}.html"
        path.write_text(moving_picture.html(name))
        page.goto(path.as_uri())
        page.wait_for_function("window.heard > 200 && document.querySelector('.hero svg *, .hero canvas')")
        assert page.inner_text(".said").strip()
