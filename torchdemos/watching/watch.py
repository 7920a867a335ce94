"""Watch any model in any loop: two lines, a look now and then, nothing in between."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import nn

from torchdemos.board import Board, Place
from torchdemos.hooks.layers import Layers, select
from torchdemos.hooks.recording import REPLICAS
from torchdemos.hooks.wrappers import unwrapped
from torchdemos.log.warning import warn
from torchdemos.watching import boards, ranks
from torchdemos.watching.alerts import Tell, show
from torchdemos.watching.look_writer import LookWriter
from torchdemos.watching.notices import Notices
from torchdemos.watching.observer import Observer
from torchdemos.watching.outlets import Outlets
from torchdemos.watching.ranks import Exchange
from torchdemos.watching.schedules import every
from torchdemos.watching.steps import Watch

SHARDS = "FullyShardedDataParallel: only rank 0's shards of the parameters are shown; fully_shard would show them whole"
Detail = Literal["scalars", "histograms", "pictures"]


def watch(
    model: nn.Module,
    board: Board | Place | None = None,
    when: Callable[[int], bool] = every(10),
    layers: Layers = None,
    detail: Detail = "scalars",
    prefix: str = "",
    scaler: torch.amp.GradScaler | None = None,
    by_call: bool = False,
    alert: Tell | None = show,
    recorder: int = 0,
    muted: Collection[str] = (),
    resume: bool = False,
) -> Watch:
    """Watch `model` while your own loop trains it, and see it in TensorBoard.

    ```python
    from torchdemos import watch

    around = watch(model, "logs/mine")
    for step, (inputs, targets) in enumerate(loader):
        with around(step):
            optimizer.zero_grad()
            loss_fn(model(inputs), targets).backward()
            optimizer.step()
    print(around.findings())
    ```

    On the steps that `when` picks, `around(step)` records every layer's output and gradient and
    every parameter inside the block and writes them as one event. On all other steps nothing is
    attached to the model. What happens outside the block (validation, say) is not seen.

    A layer with parameters has one curve, however often a block calls it: time steps, accumulated
    batches and branches count as one batch. A layer without parameters, such as a shared ReLU, has
    one for each layer that feeds it. With `by_call` every call in a pass has its own.

    Parameter gradients are those that the optimizer's step inside the block took, after unscaling
    and clipping, and update ratios what it made of them. Ratios need copies: of a model whose
    trained parameters take more than 256 KB each look has those of some, in turn. In a block
    without a step, what backward added to the gradients there is shown, under tags of its own.

    `board` is a folder, a `Board` or a `SummaryWriter` of your own; if the folder is in use, the
    next free name beside it is taken, with a warning. With `resume` the run in the folder goes on, as
    after a checkpoint: what it logged at the first step that `around` is given, and later, counts no
    more. Without a board nothing is written, and each look is there as plain numbers only:
    `around.last`, a `Look`. `layers` chooses layers as `record` does, and with them their parameters;
    `layers=()` leaves all parameters and no layer. `detail` is "scalars", "histograms" (adds the
    distributions of each layer's outputs, of each parameter and of its gradient) or "pictures" (adds
    to that the neurons of the batch's first sample as pixels, at steps 0, 1, 2, 5, 10, 20, ...).
    `prefix` goes before every tag, for several models on one board.
    With a gradient `scaler` the gradients of outputs are given without its scale.

    `around.loss(loss)` inside the block is optional: the loss is then drawn, and `findings()` knows it. Of a padded
    batch `around(step, mask=...)` takes which tokens count: see `Watch.__call__`.

    An error-level finding is printed once, when it first appears, on stderr. `alert` is a function of
    one `Finding` that does something else with it, or None. If it raises an exception, that is a warning and the
    training goes on, because a message that does not get through is no reason to lose a run. What ends the training
    all the same is `sys.exit()`, or any other exception that is no `Exception`. Rules run at looks that
    lie farther and farther apart, and where something is not finite for the first time.

    `recorder=64` keeps the latest 64 looks that are not in the log in memory, and writes them when the loss spikes (by
    more than 6 standard deviations of its latest 128 values), when NaN or inf appears, when an exception leaves the
    block, and when SIGTERM comes: so the log has the steps before. For that **every** step is a look, which costs what
    looks cost, and `when` decides which are written anyway; in memory 64 looks of ResNet-18 take 0.4 MB. `around.last`
    and `findings()` then know every step. What SIGTERM does otherwise it still does, afterwards; outside the main
    thread it is not noticed. Leaving `with watch(...) as around:` ends that, and writes too if an exception leaves it.

    `muted` are findings that you have seen and do not want to be told again, by kind or by kind and layer, as in
    `muted=["dead units: fc1"]`.

    Norms are Euclidean, standard deviations those of the population. A gradient of exactly 0 and one
    that is not finite have no point on the log10 charts, but one under `2_zero_grad` or `2_nonfinite_grad`.

    In a distributed run every rank watches the same steps; their outputs count as one batch, and
    rank 0 writes. `torch.compile` leaves only the parameters to be seen.

    Raises `LookupError` for an unknown layer, `ValueError` for an unknown detail, a `when` or `alert` that
    is no function or a `recorder` that has nothing to write to, `TypeError` for a model that is no
    `nn.Module`, and what `Board` raises for a folder that cannot be written. A disk that takes no more later on is a
    warning: the looks go on, and are logged again once there is room.
    """
    if not callable(when):
        raise ValueError(f"when={when!r} is not a function of the step: say when=every({when})")
    if alert is not None and not callable(alert):
        raise ValueError(f"alert={alert!r} is not a function of a finding: say alert=None for no alerts")
    if isinstance(recorder, bool) or recorder < 0:
        raise ValueError(f"recorder={recorder!r} is no number of looks to keep: say recorder=64")
    if recorder and board is None and ranks.rank() == 0:
        raise ValueError(f"recorder={recorder} keeps looks for a log, and there is none: name a folder")
    if detail not in get_args(Detail):
        raise ValueError(f"detail={detail!r} is unknown: choose one of {', '.join(get_args(Detail))}")
    if not (layers is None or callable(layers) or isinstance(layers, str)):
        layers = list(layers)  # an iterator gives its elements once, and every look selects anew
    select(model, layers)
    if isinstance(model, nn.DataParallel):
        warn(REPLICAS)
    if any(type(module).__name__ == "FullyShardedDataParallel" for module in model.modules()):
        warn(SHARDS)
    name = f"{board if isinstance(board, (str, Path)) else ''}/{prefix}"
    is_first, writer = ranks.rank() == 0, None
    if board is not None and is_first:
        opened, prefix = boards.opened(board, detail, prefix, resume)
        writer = LookWriter(opened, prefix, drawn=detail == "pictures")
    histograms, alert = is_first and detail != "scalars", alert if is_first else None
    notices, exchange = Notices(), Exchange(f"{name}/{type(unwrapped(model)).__name__}")
    outlets = Outlets(writer, alert, recorder, notices)
    observer = Observer(model, layers, histograms, by_call, scaler, exchange, notices)
    return Watch(observer, outlets, when, recorder > 0, muted, notices)
