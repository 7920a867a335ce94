"""A training on its page: each look that the page has time for becomes a frame, and what is wrong is said."""

from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from torchdemos.diagnosis import Finding
from torchdemos.hooks.wrappers import root_name, unwrapped
from torchdemos.log import tags
from torchdemos.steering.budget import Budget
from torchdemos.steering.frames import Frames
from torchdemos.view.live.page import Page
from torchdemos.watching.look import Look
from torchdemos.watching.neuron_images import Sight
from torchdemos.watching.newly_broken import broken
from torchdemos.watching.viewer import Find

LIGHT = 2**20  # parameters that are copied at each look, so that a click shows what a neuron is made of
FINDING_SHARE = 0.01  # of the time that the rules may take
BROKEN = "Since step {step} not all is finite: there is NaN or infinity in {what}."


class Show:
    """The viewer of a page. It asks for a look when the page has time for a frame, when `force` says so, or when a page
    waits for a snapshot."""

    def __init__(self, model: nn.Module, page: Page) -> None:
        self._model, self._page = model, page
        self._frames = Frames(root_name(unwrapped(model)))
        self._frame: dict[str, Any] = {}
        self._sight: tuple[int, Sight] | None = None
        self._finding = Budget()
        self._findings: list[dict[str, Any]] = []
        self._notes: list[str] = []
        self._broken = False
        self.forced = False

    def wants(self, step: int) -> bool:
        return self.forced or self._page.wants_frame() or self._page.wants_snapshot()

    def draws(self, step: int) -> bool:
        parameters = (p for p in self._model.parameters() if not is_lazy(p))
        return self.forced or self._page.wants_snapshot() or sum(p.numel() for p in parameters) <= LIGHT

    def see(self, look: Look, sight: Sight, find: Find) -> None:
        if self._frames.fit(sight.neurons):
            self._page.scene(**self._frames.scene(look))
        self._frame = {"step": look.step, "loss": look.loss, **self._frames.frame(look, sight.neurons)}
        self._sight = look.step, sight
        if found := broken(look):
            self.tell_broken(look.step, found)
        self._find(find)
        self.answer()

    def loss(self, step: int) -> float | None:
        """The loss of this step, if it was looked at and is known."""
        return self._frame["loss"] if self._frame.get("step") == step else None

    @property
    def step(self) -> int | None:
        """The step that the page shows; None before the first."""
        return self._frame.get("step")

    def show(self, step: int, seconds: float, **more: Any) -> None:
        """Send what was seen of this step, if anything was; it took the training so many seconds."""
        if self._frame.get("step") == step:
            self._frame = {**_UNKNOWN, **self._frame, **more}
            self._page.frame(self._frame, seconds)

    def show_again(self, **more: Any) -> None:
        """Send the latest frame with something changed in it."""
        if self._frame:
            self._frame = {**_UNKNOWN, **self._frame, **more}
            self._page.frame(self._frame, 0.0)

    def answer(self) -> None:
        """Give the page the snapshot that it waits for, if the latest look can be drawn."""
        if self._sight and self._page.wants_snapshot():
            step, sight = self._sight
            if blobs := sight.draw().blobs.get(tags.NEURONS):
                self._page.give_snapshot(blobs, step)

    def tell(self, words: str) -> None:
        """Say something on the page, once."""
        if (sentence := _sentence(words)) not in self._notes:
            self._notes = [*self._notes, sentence]
            self._page.scene(notes=self._notes)

    def take_back(self, words: str) -> None:
        """Say it no longer."""
        if (sentence := _sentence(words)) in self._notes:
            self._notes = [note for note in self._notes if note != sentence]
            self._page.scene(notes=self._notes)

    def tell_broken(self, step: int, what: set[str]) -> None:
        """Say where something is not finite for the first time."""
        if not self._broken:
            self._broken = True
            first, *others = sorted(what)
            more = f" and {len(others)} more" if others else ""
            article = "the " if first in ("loss", "gradient") or first.startswith("output of") else ""
            self.tell(BROKEN.format(step=step, what=f"{article}{first}{more}"))

    def _find(self, find: Find) -> None:
        """Run the rules, if they have not taken too much of the time."""
        if not self._finding.is_due(FINDING_SHARE):
            return
        with self._finding.spent():
            findings = [_told(finding) for finding in find()]
        if findings != self._findings:
            self._findings = findings
            self._page.scene(findings=findings)


_UNKNOWN: Mapping[str, Any] = {"accuracy": None, "mark": None, "digit": None, "shares": None, "paused": False}


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def _told(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in ("kind", "level", "layer", "step", "evidence", "advice")}
