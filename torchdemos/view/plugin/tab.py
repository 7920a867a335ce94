"""The addresses of the tab: its page, and the data that the page asks for."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from werkzeug.wrappers import Request, Response

from torchdemos.log.links import TIME_SERIES
from torchdemos.log.plugin import PLUGIN
from torchdemos.view import cards, web
from torchdemos.view.answers import pages
from torchdemos.view.plugin.answering import Route, route
from torchdemos.view.plugin.followed import Followed
from torchdemos.view.plugin.reader import LogReader
from torchdemos.view.plugin.runs import Memory

UP = "../../../"  # from a route of the tab to TensorBoard, wherever that is served
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css"}


class Tab(base_plugin.TBPlugin):
    """Answers from event files alone, through either of TensorBoard's loaders."""

    plugin_name = PLUGIN

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._data = context.data_provider
        self._folder = Path(context.logdir).expanduser() if context.logdir else None
        self._name = self._folder.resolve().name if self._folder else ""
        self._memory = Memory()
        self._followed = Followed(self._folder)

    def is_active(self) -> bool:
        """TensorBoard itself activates the tab for snapshots; gradient norms alone are worth it too."""
        return bool(LogReader(self._data, RequestContext(), "").gradients())

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        return base_plugin.FrontendMetadata(es_module_path="/static/index.js", tab_name="Answer")

    def get_plugin_apps(self) -> dict[str, Route]:
        answers = {
            "/changes": self._changes,
            "/answers": self._answers,
            "/answer": self._answer,
            "/index": self._index,
            "/blobs": self._blobs,
            "/blob": self._blob,
            "/gradients": self._gradients,
            "/remarks": self._remarks,
        }
        routes = {path: self._route(answer) for path, answer in answers.items()}
        return {"/static/*": route(_static), "/cards": route(self._way_to_cards), **routes}

    def _route(self, answer: Callable[[LogReader, Mapping[str, str]], object]) -> Route:
        def respond(request: Request) -> Response:
            context, experiment = plugin_util.context(request.environ), plugin_util.experiment_id(request.environ)
            content = answer(LogReader(self._data, context, experiment), request.args)
            kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
            response: Response = http_util.Respond(request, content, kind)
            return response

        return route(respond)

    def _way_to_cards(self, request: Request) -> Response:
        """To TensorBoard's own cards, whose address is far too long to be printed."""
        end = cards.address(self._folder, request.args.get("run")) if self._folder else TIME_SERIES
        headers = [("Location", f"{UP}{end}")]
        moved: Response = http_util.Respond(request, "", "text/plain", code=302, headers=headers)
        return moved

    def _changes(self, log: LogReader, _: Mapping[str, str]) -> object:
        """Words that change whenever the log grows: a page that sees the old ones asks for nothing else."""
        return log.runs(self._memory).stamp

    def _answers(self, log: LogReader, _: Mapping[str, str]) -> object:
        return pages.entries(self._log(log))

    def _answer(self, log: LogReader, asked: Mapping[str, str]) -> object:
        try:
            return pages.page(self._log(log), asked["run"], asked.get("prefix", ""))
        except KeyError:
            if "run" not in asked:
                raise
            raise errors.NotFoundError(f"there is no run {asked['run']!r}") from None

    def _log(self, log: LogReader) -> pages.Log:
        runs = log.runs(self._memory)
        return pages.Log(self._name, runs.outlines(), runs.whole)

    def _index(self, log: LogReader, _: Mapping[str, str]) -> object:
        return {"neurons": log.neurons(), "gradients": log.gradients(), "folder": self._name}

    def _blobs(self, log: LogReader, asked: Mapping[str, str]) -> object:
        try:
            step = int(asked["step"])
        except ValueError:
            raise errors.InvalidArgumentError(f"{asked['step']!r} is not a step") from None
        return log.blobs(asked["run"], asked["tag"], step)

    def _blob(self, log: LogReader, asked: Mapping[str, str]) -> bytes:
        return log.blob(asked["key"])

    def _gradients(self, log: LogReader, asked: Mapping[str, str]) -> object:
        return dict(log.profile(asked["run"], asked.get("prefix", "")))

    def _remarks(self, _: LogReader, __: Mapping[str, str]) -> object:
        return self._followed.remarks()


def _static(request: Request) -> Response:
    """A file of the page, looked up by name among the files of one folder, so no address leads out of it."""
    files = {path.name: path for path in web.FOLDER.iterdir() if path.suffix in CONTENT_TYPES}
    path = files.get(request.path.rpartition("/")[2])
    if path is None:
        raise errors.NotFoundError(f"the tab has no file {request.path!r}")
    response: Response = http_util.Respond(request, path.read_bytes(), CONTENT_TYPES[path.suffix])
    return response
