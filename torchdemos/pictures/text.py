"""Words on pictures, in Pillow's built-in font: readable at 12 pixels, ASCII only."""

from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from .image import from_image
from .tiles import stack

INK = (32, 32, 32)
FAINT = (96, 96, 96)
SIXTEEN_SHADES = [17 * round(shade / 17) for shade in range(256)] * 3  # for Image.point; few colours make a small PNG


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's built-in font, `size` pixels tall."""
    built_in = ImageFont.load_default(size=size)
    if not isinstance(built_in, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType, which writing text needs; reinstall pillow")
    return built_in


def caption(picture: Tensor, text: str, size: int = 12, width: int | None = None) -> Tensor:
    """Write dark text on a white strip above a picture, in as many lines as it takes.

    Lines are at most `width` pixels wide, by default as wide as the picture. The result is as wide as the wider of the
    two.
    """
    return stack([written(text, width or picture.shape[2], size), picture], gap=2)


def written(text: str, width: int, size: int = 12, ink: tuple[int, int, int] = INK) -> Tensor:
    """Write text on white, wrapped at `width` pixels: returns [3, lines x 1.25 size, width]."""
    lines = wrap(text, width, size)
    step = round(size * 1.25)
    image = Image.new("RGB", (width, step * len(lines)), "white")
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((0, row * step), line, ink, font(size))
    return from_image(image.point(SIXTEEN_SHADES))


def wrap(text: str, width: int, size: int = 12) -> list[str]:
    """Break text into lines of at most `width` pixels, between words where possible; keep its newlines."""
    lines: list[str] = []
    for paragraph in ascii_only(text).split("\n"):
        line = ""
        for word in _words(paragraph, width, size):
            longer = f"{line} {word}" if line else word
            if line and length(longer, size) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


@lru_cache(maxsize=4096)
def length(text: str, size: int = 12) -> float:
    """Return how many pixels a line of text is wide."""
    return font(size).getlength(text)


def shortened(text: str, width: float, size: int = 12) -> str:
    """Cut text to fit `width` pixels, but keep its end: the end of a layer's name tells it apart from others."""
    text = kept = ascii_only(text)
    while len(kept) > 1 and length(kept, size) > width:
        text = text[1:]
        kept = ".." + text
    return kept


def inside(middle: float, text: str, width: int, size: int = 12) -> float:
    """Return where the middle of a centred text must be so that all of it is on the page."""
    half = length(text, size) / 2 + 1
    return min(max(middle, half), width - half)


def ascii_only(text: str) -> str:
    """Replace characters that the font cannot draw by question marks."""
    return text.encode("ascii", "replace").decode()


def _words(paragraph: str, width: int, size: int) -> list[str]:
    """Split text at spaces, and a word only if it alone is wider than a line."""
    pieces = []
    for word in paragraph.split():
        while len(word) > 1 and length(word, size) > width:
            fits = next((n for n in range(len(word) - 1, 1, -1) if length(word[:n], size) <= width), 1)
            pieces.append(word[:fits])
            word = word[fits:]
        pieces.append(word)
    return pieces
