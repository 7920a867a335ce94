"""Other tools, each called as its documentation says, on every step; what each records differs, so it is stated."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from torch import Tensor, nn
from watchers import Watched, Watcher, after, statistics


def wandb(model: nn.Module, folder: Path) -> Watched:
    run = import_module("wandb").init(mode="offline", dir=folder, project="benchmark")
    run.watch(model, log="all", log_freq=1)
    return Watched(after(lambda step: run.log({"step": step})))


def fastai(with_hist: bool, model: nn.Module, folder: Path) -> Watched:
    """The callback without its `Learner`, whose loop would count too."""
    callback = import_module("fastai.callback.hook").ActivationStats(with_hist=with_hist)
    callback.learn = SimpleNamespace(model=model, training=True)
    callback.before_fit()
    return Watched(after(lambda step: callback.after_batch()))


def lightning(model: nn.Module, folder: Path) -> Watched:
    """The function that its documentation calls in `on_before_optimizer_step`, without a `Trainer`."""
    grad_norm = import_module("lightning.pytorch.utilities").grad_norm
    found: dict[str, float] = {}

    def read(step: int) -> None:
        found.update({name: float(norm) for name, norm in grad_norm(model, norm_type=2).items()})

    return Watched(after(read))


def torchlens(model: nn.Module, folder: Path) -> Watched:
    library = import_module("torchlens")
    traces: list[Any] = []

    def forward(inputs: Tensor) -> Tensor:
        traces.append(library.trace(model, inputs))
        output: Tensor = traces[-1][traces[-1].output_layers[0]].out
        return output

    return Watched(after(lambda step: traces.clear()), forward)


def delve(model: nn.Module, folder: Path) -> Watched:
    device = str(next(model.parameters()).device)
    tracker = import_module("delve").SaturationTracker(str(folder / "delve"), "csv", model, device=device)
    return Watched(after(lambda step: tracker.add_saturations()))


def nnsight(model: nn.Module, folder: Path) -> Watched:
    wrapped = import_module("nnsight").NNsight(model)
    leaf_names = {f"model.{name}" for name, module in model.named_modules() if not any(module.children())}
    caches: list[Any] = []
    found: dict[str, dict[str, float]] = {}

    def forward(inputs: Tensor) -> Tensor:
        with wrapped.trace(inputs) as tracer:
            cache = tracer.cache()
            output = wrapped.output.save()
        caches.append(cache)
        given: Tensor = output
        return given

    @contextmanager
    def around(step: int) -> Iterator[None]:
        yield
        cache = caches.pop()
        for name in leaf_names.intersection(cache.keys()):
            if isinstance(tensor := cache[name].output, Tensor):
                found[name] = statistics(tensor)

    return Watched(around, forward)


MOMENTS = "outputs of layers with parameters: mean, std, near zero"
PEERS = {
    "wandb": Watcher(
        'wandb.watch, offline, `log="all"`', "histograms of parameters and their gradients", wandb, "wandb", True
    ),
    "fastai": Watcher("fastai ActivationStats", f"{MOMENTS}; written nowhere", partial(fastai, False), "fastai"),
    "fastai_histogram": Watcher(
        "fastai ActivationStats with histogram",
        f"{MOMENTS}, histogram; written nowhere",
        partial(fastai, True),
        "fastai",
    ),
    "lightning": Watcher(
        "Lightning `grad_norm`", "gradient norms of parameters; written nowhere", lightning, "lightning"
    ),
    "torchlens": Watcher("torchlens `trace`", "all outputs, kept in memory", torchlens, "torchlens", True),
    "delve": Watcher("delve `SaturationTracker`", "saturation: rank of outputs' covariance; CSV", delve, "delve"),
    "nnsight": Watcher(
        "nnsight `trace` and `cache`",
        "outputs: mean, std, abs max, zeros; written nowhere",
        nnsight,
        "nnsight",
        True,
    ),
}
