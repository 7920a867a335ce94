"""Touch the training of your own model while it runs: a page with its neurons, and a dial for its learning rate."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import nn
from torch.optim import Optimizer

from torchdemos.board import Board, Place
from torchdemos.log.places import place
from torchdemos.log.warning import warn
from torchdemos.steering.controls import Live
from torchdemos.steering.replay import Replay
from torchdemos.steering.settings import Settings
from torchdemos.steering.stage import Stage
from torchdemos.watching import ranks
from torchdemos.watching.schedules import every
from torchdemos.watching.viewed import viewed
from torchdemos.watching.watch import watch

REPEATED = "This training repeats the changes that were made in {folder}, so its settings cannot be touched."
RANKS = "This training runs in {size} processes, and the others would not know of a change: the page only shows."


def live(
    model: nn.Module,
    optimizer: Optimizer | Sequence[Optimizer],
    board: Board | Place | None = None,
    when: Callable[[int], bool] = every(10),
    *,
    host: str = "127.0.0.1",
    port: int = 6007,
    open_browser: bool = False,
    replay: str | Path | None = None,
    **watching: Any,
) -> Live:
    """Watch `model` on a page while your own loop trains it, and turn its learning rate there.

    ```python
    from torchdemos import live

    with live(model, optimizer, "logs/mine", port=0) as controls:
        for step, (inputs, targets) in enumerate(loader):
            with controls(step):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                controls.loss(loss)
    ```

    The address of the page is printed once, on stderr, and `open_browser` opens it where somebody sits at a terminal.
    The page shows each layer's neurons for the first sample of the batch, the loss (given by `controls.loss`, which is
    optional), gradient and update by layer, and what is wrong. It can pause the training, let it make one step, and set
    the learning rate, and momentum and weight decay where there are such, from the next step on. Of several groups or
    `optimizer`s the dial is the largest rate, and the others keep their share of it. A schedule goes on underneath and
    does not see the dial: the rate stays where it is turned to, until the page has the schedule followed again. An
    optimizer without `lr` has no dial.

    `board`, `when` and all that is in `watching` are those of `watch`: `layers`, `detail`, `prefix`, `scaler`,
    `by_call`, `alert`, `recorder`, `muted`, `resume`. What is logged is the same with a page and without one, and as
    long as nobody touches anything, the training ends in bitwise the same weights as without `live`.

    Each change is logged with the step before which it acted, as the text `changes`, and as the curve
    `1_overview/learning_rate`. With `replay` a run repeats those that the log in that folder has: the same loop ends
    in bitwise the same weights as there. With `resume` the settings are as the run had set them at its first step now.

    A paused training waits, also when its page is closed; the terminal then says how it goes on. Ctrl-C ends it. An
    exception, Ctrl-C and the end of the `with` block end the page, which keeps what it shows.

    The page listens on this machine only, unless `host` says otherwise, and whoever has the address can touch the
    training. If the `port` is busy, the next free one is taken; 0 is any. In a distributed run the page of rank 0 shows
    its part of the batch and touches nothing, because the other ranks would not know of it; a `replay` acts on all.

    Raises what `watch` raises, `TypeError` for what is no `torch.optim.Optimizer`, host or port, `OSError` and
    `ValueError` for a host or a port where no page can be, and `FileNotFoundError` for a `replay` that holds no log.
    """
    settings = Settings(_several(optimizer))
    if isinstance(layers := watching.get("layers"), Iterator):
        watching["layers"] = list(layers)  # it gives its elements once, and the log and the page are two watches
    prefix = watching.get("prefix", "")
    repeated = Replay(place(replay), prefix) if replay is not None else None
    earlier = _earlier(board, prefix) if watching.get("resume") else None
    size = ranks.size()
    locked = RANKS.format(size=size) if size > 1 else REPEATED.format(folder=replay) if repeated else ""
    stage = Stage(model, settings, locked, size == 1, host, port) if ranks.rank() == 0 else None
    try:
        around = watch(model, board, when, **watching)
    except BaseException:
        if stage:
            stage.close("The training has not begun.")
        raise
    shown = None
    if stage:
        stage.begin(around.folder, open_browser)
        passed = {name: watching[name] for name in ("layers", "by_call", "scaler", "muted") if name in watching}
        shown = viewed(model, stage.show, **passed, tell=stage.show.tell, take_back=stage.show.take_back)
    if repeated and repeated.warning:
        warn(repeated.warning)
    return Live(around, shown, stage, settings, repeated, earlier)


def _several(optimizer: Optimizer | Sequence[Optimizer]) -> list[Optimizer]:
    given: Any = optimizer
    optimizers = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    if wrong := [one for one in optimizers if not isinstance(one, Optimizer)]:
        raise TypeError(f"only a torch.optim.Optimizer has a rate to turn, and this is a {type(wrong[0]).__name__}")
    return optimizers


def _earlier(board: Board | Place | None, prefix: str) -> Replay | None:
    """What was changed before a run is resumed; None if its folder holds no run."""
    if not isinstance(board, (str, Path)):
        return None  # which `watch` refuses
    try:
        return Replay(place(board), prefix)
    except FileNotFoundError:
        return None
