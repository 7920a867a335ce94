"""How one step of a model is seen: hooks before it, a capture at its end, and the look of all ranks' captures."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos.hooks.layers import Layers
from torchdemos.hooks.removal import Hooks
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching import capture, neuron_images
from torchdemos.watching.arrivals import arrived
from torchdemos.watching.capture import Block, Capture, Recorder
from torchdemos.watching.dead_units import DeadUnits
from torchdemos.watching.ends import Ends
from torchdemos.watching.flow import Flow
from torchdemos.watching.look import Look
from torchdemos.watching.losses import Losses
from torchdemos.watching.neuron_images import NeuronImages, Sight
from torchdemos.watching.notices import RANKS_APART, Notices
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.take_look import take_look
from torchdemos.watching.tokens import Tokens


class HookedStep(NamedTuple):
    """A step with hooks in place, which fill `block`, `losses` and `ends`; the rest is known when it begins."""

    block: Block
    losses: Sequence[Float64Vector]
    ends: Ends
    tokens: Tokens | None
    loss_scale: float
    drawn: bool


class Observer:
    """Sees steps of one model, one at a time: `hook` before a step, then `capture`, `look` and `sight` of it.

    What only several looks tell, which units are dead and which layers feed which, it keeps from look to look.
    """

    def __init__(
        self,
        model: nn.Module,
        layers: Layers,
        histograms: bool,
        by_call: bool,
        scaler: torch.amp.GradScaler | None,
        exchange: Exchange,
        notices: Notices,
    ) -> None:
        self.recorder, self.losses = Recorder(model, layers, histograms, by_call), Losses()
        self._model, self._scaler, self._exchange, self._notices = model, scaler, exchange, notices
        self._dead_units, self._flow = DeadUnits(), Flow()

    def hook(self, hooks: Hooks, drawn: bool, neurons: bool, mask: Tensor | None) -> HookedStep:
        """Hook the model until the hooks are removed; `drawn`, `neurons` and the tokens are as in `Recorder.hook`."""
        loss_scale = self._scaler.get_scale() if self._scaler else 1.0
        tokens = None if mask is None else Tokens(mask)
        hooks.at_end(self.losses.end)
        losses = self.losses.begin()
        block = self.recorder.hook(hooks, drawn, tokens, neurons)
        return HookedStep(block, losses, self._hook_ends_and_flow(hooks, neurons), tokens, loss_scale, drawn)

    def capture(self, step: HookedStep) -> Capture:
        """What this process captured of a step, once its hooks are removed."""
        return self.recorder.capture(step.block, step.loss_scale, step.losses, step.ends)

    def look(self, number: int, own: Capture) -> Look:
        """The look at a step, by what all ranks captured of it."""
        whole, selection = self._merged(number, own), self.recorder.selection
        layers = {**dict.fromkeys(selection.names), **selection.hooked}
        long_dead = self._dead_units.add(whole.outputs)
        return take_look(number, whole, layers, selection.parameters, long_dead, self._flow.fed_by)

    def sight(self, step: HookedStep, own: Capture) -> Sight:
        """What there is to see of the neurons."""
        return Sight(neuron_images.neurons(own), partial(self._draw, step, own))

    def _hook_ends_and_flow(self, hooks: Hooks, neurons: bool) -> Ends:
        """See what the model is given and answers, and which layers feed which; of compiled ones nothing is known."""
        selection, ends = self.recorder.selection, Ends(neurons)
        if not (selection.compiled or "" in selection.encoder_layers):  # the model itself may be one kernel
            ends.hook(hooks, self._model)
            self._flow.hook(hooks, self._model, selection.hooked, selection.encoder_layers)
        return ends

    def _merged(self, number: int, own: Capture) -> Capture:
        """What all ranks captured."""
        was_alone = self._exchange.alone
        whole = self._exchange.merged(number, own, capture.merge)
        if self._exchange.alone and not was_alone:
            self._notices.give(RANKS_APART)
        return whole

    def _draw(self, step: HookedStep, own: Capture) -> NeuronImages:
        if not step.drawn:
            return neuron_images.NO_IMAGES
        inputs, weights = arrived((step.block.tape.inputs, step.block.weights))
        return neuron_images.draw(self._model, own, inputs, weights)
