"""How the tab answers: whatever happens, with the same safe headers, and only to who asks to read."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from tensorboard import errors
from tensorboard.backend import http_util
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

Route = Callable[..., Any]  # a WSGI application
READING = ("GET", "HEAD")


def route(answer: Callable[[Request], Response]) -> Route:
    """The application that answers so; what goes wrong is a sentence in plain text."""

    @Request.application
    def respond(request: Request) -> Response:
        if request.method not in READING:
            return _refused(request, 405, "the tab can only be read", [("Allow", ", ".join(READING))])
        try:
            return answer(request)
        except errors.PublicError as error:
            return _refused(request, error.http_code, str(error), error.headers)
        except HTTPException as error:  # the address lacks a parameter
            return _refused(request, error.code or 400, error.description or error.name)
        except Exception as error:
            logging.getLogger(__name__).exception("torchdemos cannot answer %s", request.path)
            return _refused(request, 500, f"this part of the log cannot be shown: {type(error).__name__}: {error}")

    return respond


def _refused(request: Request, code: int, why: str, headers: Sequence[tuple[str, str]] = ()) -> Response:
    readable = why.encode(errors="replace").decode()
    answer: Response = http_util.Respond(request, readable, "text/plain", code=code, headers=list(headers))
    return answer
