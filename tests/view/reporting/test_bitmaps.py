"""The size of a picture from its first bytes."""

import io

import pytest
from PIL import Image

from torchdemos.view.reporting.bitmaps import pixels


@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG"])
def test_pixels_are_counted_without_unpacking(kind: str) -> None:
    made = io.BytesIO()
    Image.new("RGB", (30, 7)).save(made, kind)
    assert pixels(made.getvalue()) == 30 * 7
    for length in range(30):
        pixels(made.getvalue()[:length])


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\0\0\0\0\0\0\0\0\0\0"]
)
def test_what_is_no_picture_has_no_pixels(content: bytes) -> None:
    assert not pixels(content)
