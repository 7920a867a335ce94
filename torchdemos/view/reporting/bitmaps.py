"""How large a picture is once a browser has unpacked it, read from its first bytes."""

import struct

PNG, GIF, JPEG = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"\xff\xd8"
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of a JPEG behind which its size stands


def pixels(picture: bytes) -> int | None:
    """Width times height as a picture declares them; None for what is no PNG, GIF or JPEG."""
    try:
        if picture.startswith(PNG) and picture[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", picture, 16)
        elif picture.startswith(GIF):
            width, height = struct.unpack_from("<HH", picture, 6)
        elif picture.startswith(JPEG):
            height, width = struct.unpack_from(">HH", picture, _frame(picture) + 5)
        else:
            return None
    except struct.error:
        return None
    return int(width) * int(height)


def _frame(picture: bytes) -> int:
    """Where the frame of a JPEG begins."""
    place = len(JPEG)
    while True:
        mark, kind, length = struct.unpack_from(">BBH", picture, place)
        if mark != 0xFF or kind in FRAMES:
            return place
        place += 2 + length
