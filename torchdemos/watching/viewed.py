"""A watch for the eyes only: its looks go to a viewer, and none is logged.

A look leaves its mark on those that follow: whose copies are taken in turn, which units were ever active, when rules
run next. So a viewer has a watch of its own beside the one that logs, and what is logged is the same with a viewer and
without.
"""

from collections.abc import Callable, Collection

import torch
from torch import nn

from torchdemos.hooks.layers import Layers
from torchdemos.watching.notices import Notices
from torchdemos.watching.observer import Observer
from torchdemos.watching.outlets import Outlets
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.steps import Watch
from torchdemos.watching.viewer import Viewer


def viewed(
    model: nn.Module,
    viewer: Viewer,
    layers: Layers = None,
    by_call: bool = False,
    scaler: torch.amp.GradScaler | None = None,
    muted: Collection[str] = (),
    tell: Callable[[str], object] | None = None,
    take_back: Callable[[str], object] | None = None,
) -> Watch:
    """A watch whose looks go to `viewer` alone, on the steps that it wants, with neurons.

    What a look meets is told to `tell` in a sentence, by default as a warning, and `take_back` is given what holds no
    longer. In a distributed run only this process is seen, its part of each batch, so that one rank may have a viewer
    and the others none.

    ```python
    around, shown = watch(model, "logs/mine"), viewed(model, page)
    for step, (inputs, targets) in enumerate(loader):
        with around(step), shown(step):
            ...
    ```
    """
    notices = Notices(tell, take_back)
    outlets = Outlets(None, None, 0, notices, viewer)
    observer = Observer(model, layers, False, by_call, scaler, Exchange("", alone=True), notices)
    return Watch(observer, outlets, viewer.wants, False, muted, notices)
