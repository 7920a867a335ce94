"""The report served as it is now, for where TensorBoard cannot be imported."""

from pathlib import Path

from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.view.reporting.report import report
from torchdemos.view.serving.answer import Answer
from torchdemos.view.serving.request import Head, Refusal

# The page itself allows only its own script, by its digest; here stands what a page cannot say of itself.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " + (
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Sizes = dict[Path, int]


class ReportDesk:
    """Answers with the report of a folder, made anew when its log has grown.

    Raises `OSError` or `ValueError` in a sentence if there is nothing to show.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes: Sizes = {}
        self._page = b""
        self._update()

    async def __call__(self, head: Head, path: str, body: bytes) -> Answer:
        if head.method != "GET" or path:
            raise Refusal(404, "there is only a report here, to be read")
        try:
            self._update()
        except (OSError, ValueError) as error:  # the log has gone
            raise Refusal(404, str(error)) from error
        return Answer(200, self._page, "text/html", POLICY)

    def _update(self) -> None:
        sizes = {path: path.stat().st_size for path in sorted(self._folder.rglob(EVENT_FILES))}
        if sizes != self._sizes or not self._page:
            self._page = report(self._folder, newest=True).html.encode(errors="replace")
            self._sizes = sizes
