"""Scalars without a description, as nearly all values of a log are.

Their bytes are the same at every step but for the number, which comes last. So what comes before it is looked up, and
reading by hand is as quick as with the library of protocol buffers.
"""

from functools import lru_cache

from torchdemos.view import keys
from torchdemos.view.fields import fields

NUMBER = 4  # bytes
MOST_BYTES, MOST_KNOWN = 500, 4096  # of a value with its number, and of such values


@lru_cache(MOST_KNOWN)
def tag(head: bytes) -> str | None:
    """The tag of a value in a summary, from all its bytes before the last four; None if these are not its number."""
    try:
        (tag_key, name), (number_key, _) = fields(_only(keys.VALUE, head + bytes(NUMBER)))
        return str(name, "utf-8") if (tag_key, number_key) == (keys.TAG, keys.NUMBER) else None
    except ValueError:
        return None


@lru_cache(MOST_KNOWN)
def tag_alone(head: bytes) -> str | None:
    """The same of an event with one value, from all its bytes between the step and the last four."""
    try:
        return tag(_only(keys.SUMMARY, head + bytes(NUMBER))[:-NUMBER])
    except ValueError:
        return None


def _only(wanted: int, message: bytes) -> bytes:
    """The content of its one field. Raises `ValueError` if it has others."""
    ((key, content),) = fields(message)
    if key != wanted:
        raise ValueError("this is another field")
    return bytes(content)
