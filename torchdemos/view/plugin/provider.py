"""What TensorBoard's data provider holds, read in the one way in which both of its loaders understand it."""

from collections.abc import Sequence
from typing import Any

from tensorboard import errors
from tensorboard.data.provider import DataProvider

from torchdemos.log import answers

SCALARS, TEXTS = "scalars", "text"  # TensorBoard's own plugins
MAX_POINTS = 100_000  # more than TensorBoard's server keeps, so nothing is left out


def text(datum: Any) -> str:
    """The words of a text; empty for a tensor that holds none."""
    words = datum.numpy.item(0) if datum.numpy.size else b""
    return words.decode(errors="replace") if isinstance(words, bytes) else ""


def page(data: DataProvider, context: Any, versions: Sequence[Any]) -> answers.Page | None:
    """The last version of a page; None if there is none that can be read."""
    keys = [blob.blob_key for datum in versions for blob in datum.values]
    try:
        return answers.unpack(blob(data, context, keys[-1])) if keys else None
    except errors.NotFoundError:
        return None


def blob(data: DataProvider, context: Any, key: str) -> bytes:
    """The bytes behind a key. Raises `NotFoundError` for any key that the provider did not give out."""
    try:
        return bytes(data.read_blob(context, blob_key=key))
    except errors.PublicError:
        raise
    except Exception as error:  # each of the two providers fails in its own way on a foreign key
        raise errors.NotFoundError(f"there is no blob {key!r}") from error
