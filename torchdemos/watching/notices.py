"""What a watch tells its user, each thing once."""

import math
from collections.abc import Callable, Mapping

from torchdemos.log.warning import warn
from torchdemos.watching.capture import Block
from torchdemos.watching.look import Look
from torchdemos.watching.selection import Selection
from torchdemos.watching.tokens import Tokens

MAX_BLOCKS_WITHOUT_STEP = 3
NO_OUTPUTS = (
    "watch saw no layer's output: the model was not called inside the block, or only in another thread or torch.vmap, "
    "or a copy of it was, or it is compiled, and what torch.compile makes has no layers any more. Parameters are "
    "logged all the same"
)
NO_PARAMETERS = (
    "watch sees no parameters in this model. Layers in a Python list or dict are no part of a model (nn.ModuleList and "
    "nn.ModuleDict are), and neither are parameters that are handed to it as arguments, as torch.func does"
)
NO_STEPS = (
    f"no torch.optim optimizer took a step inside the last {MAX_BLOCKS_WITHOUT_STEP} blocks that were looked at, so "
    "parameters have the gradients that backward added in each block, and no update ratios. If one of these optimizers "
    "steps, put that into the block; where batches are accumulated, surround the whole group, or let `when` pick the "
    "step that ends it"
)
NO_PARAMETER_GRADIENTS = (
    f"in the last {MAX_BLOCKS_WITHOUT_STEP} blocks that were looked at, gradients reached the model's outputs and none "
    "of its parameters: they may be frozen, or the gradients go elsewhere, as with torch.autograd.grad or with "
    "parameters that are handed to the model (torch.func.functional_call)"
)
RESTARTED = (
    "step {step} comes after step {latest}, so curves run back over themselves: count steps over all epochs, as in "
    "step = epoch * len(loader) + index"
)
PAUSED = (
    "the look at step {step} is not in the log, and training goes on: {why}. Looks are taken as before, and are logged "
    "again as soon as that is possible"
)
RESUMED = "looks are logged again from step {step} on; the log lacks {missed} before it"
NOT_LOGGED = "the log lacks {what} of step {step}, and training goes on: {why}"
RANKS_APART = (
    "not every rank came to this look within half a minute, so from here on each is on its own: "
    "create the watch on every rank, and enter the same steps"
)


class Notices:
    """Warns at the user's line about what a watch meets, or gives it to `tell`; once about each thing.

    `take_back` is given what was told and holds no longer; a warning cannot be taken back.
    """

    def __init__(
        self, tell: Callable[[str], object] | None = None, take_back: Callable[[str], object] | None = None
    ) -> None:
        self._tell, self._take_back = tell, take_back
        self._given: set[str] = set()
        self._latest_step: float = -math.inf
        self._blocks_without_step = 0

    def give(self, message: str, about: str = "") -> None:
        """Warn, unless there was a warning about the same thing; a message is its own by default."""
        if (about or message) not in self._given:
            self._given.add(about or message)
            (self._tell or warn)(message)

    def step(self, step: int) -> None:
        """Say if steps restart, as an index of the batch does in each epoch."""
        if step < self._latest_step:
            self.give(RESTARTED.format(step=step, latest=self._latest_step), about="restarted steps")
        self._latest_step = step

    def failure(self, what: str, error: Exception) -> None:
        """Say what kept a look from being taken."""
        self.give(f"this look could not {what}, training goes on: {type(error).__name__}: {error}", about=what)

    def failures(self, reasons: Mapping[str, str]) -> None:
        """Name what could not be measured."""
        for name, reason in reasons.items():
            self.give(f"{name!r} could not be measured, training goes on: {reason}", about=name)

    def outputs(self, block: Block, selection: Selection) -> None:
        """Say if there is nothing to see."""
        if not selection.parameters and not selection.others:
            self.give(NO_PARAMETERS)
        elif selection.names and not block.tape.layers and not selection.fused:
            self.give(NO_OUTPUTS)

    def mask(self, block: Block, tokens: Tokens | None) -> None:
        """Say if the mask of the tokens that count fits none of the outputs, or nothing counts."""
        if tokens and block.tape.layers and tokens.problem:
            self.give(tokens.problem, about="mask")

    def look(self, block: Block, look: Look) -> None:
        """Say if the steps of optimizers are outside the blocks, or gradients go past the parameters."""
        if block.meter.stepped and NO_STEPS in self._given and self._take_back:
            self._take_back(NO_STEPS)
        if block.meter.stepped or not look.gradients:
            self._blocks_without_step = 0
            return
        self._blocks_without_step += 1
        if self._blocks_without_step == MAX_BLOCKS_WITHOUT_STEP:
            self.give(NO_STEPS if block.meter.parameters_got_gradients else NO_PARAMETER_GRADIENTS)
