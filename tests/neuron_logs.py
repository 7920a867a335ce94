"""Small logs for the Neurons tab: networks that learn a little, and files that hold what nobody should write."""

import json
import warnings
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from patience import until
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from werkzeug.test import Client

from torchdemos.board import Board, snapshot
from torchdemos.lab import models
from torchdemos.lab.data import Digits
from torchdemos.log import tags
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.view.with_tensorboard import MAX_SAMPLES

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the HTML library inside TensorBoard
    from tensorboard.program import TensorBoard, TensorBoardServer

STEPS = (0, 1, 5, 20)
KEPT: list[TensorBoard] = []  # TensorBoard closes nothing, and Python warns of what it has to close itself


@torch.no_grad()
def snapshot_of(model: nn.Sequential, images: Tensor, names: Sequence[str] = "0123456789") -> list[bytes]:
    calls, x = [], images
    for name, layer in model.named_children():
        y = layer(x)
        calls.append(snapshot.Call(name, x, y, snapshot.sum_of(name, layer, dict(model.named_parameters()))))
        x = y
    return snapshot.take([call for call in calls if call.name != "flat"], names)


def ten_of(digits: Digits) -> Tensor:
    """One image of each digit [10, 1, 28, 28]."""
    return digits.test_images[[int((digits.test_labels == digit).nonzero()[0]) for digit in range(10)]]


def cnn(seed: int) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return models.cnn()


def train(board: Board, model: nn.Sequential, digits: Digits, steps: Sequence[int] = STEPS) -> None:
    """A few steps of training, with a snapshot at each of `steps`; the model is left as it was at the last of them."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(max(steps) + 1):
        if step in steps:
            board.log(step, blobs={tags.NEURONS: snapshot_of(model, ten_of(digits))})
        if step < max(steps):
            here = slice(step * 50, step * 50 + 50)
            loss = cross_entropy(model(digits.train_images[here]), digits.train_labels[here])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def gradients(board: Board, factor: float, layers: int = 8, steps: Iterable[int] = range(20), prefix: str = "") -> None:
    """Gradient norms that change by a constant factor a layer."""
    for step in steps:
        norms = {tags.layer(i, f"fc{i + 1}"): (layers - i) * factor + step / 20 for i in range(layers)}
        board.log(step, {f"{tags.GRADIENT_NORM}/{name}": norm for name, norm in norms.items()}, prefix=prefix)


def floats(numbers: Sequence[float]) -> bytes:
    return zlib.compress(torch.tensor(numbers, dtype=torch.float32).numpy().tobytes())


def by_hand(layers: object, *blobs: bytes, samples: Sequence[str] = ("a",)) -> list[bytes]:
    return [json.dumps({"samples": samples, "layers": layers}).encode(), *blobs]


def layer(name: str, shape: Sequence[int], values: int, **more: object) -> dict[str, object]:
    """A layer of a manifest, kept whole."""
    return {"name": name, "shape": shape, "kept": shape[0], "values": values, **more}


def dense(shape: Sequence[int], source: int, weights: int, bias: int | None = None) -> dict[str, object]:
    """What a dense layer's neurons are sums of."""
    return {"kind": "dense", "from": source, "weights": weights, "rows": shape[0], "shape": shape, "bias": bias}


class Held(TensorBoardServer):
    """Serves nobody: it only holds TensorBoard's application."""

    def __init__(self, application: Any, flags: Any) -> None:
        self.application = application

    def serve_forever(self) -> None: ...

    def get_url(self) -> str:
        return ""


def runs_in(folder: Path) -> set[str]:
    """The names that TensorBoard gives to the runs of a folder. It shows none before it has read it to its end."""
    return {path.parent.relative_to(folder).as_posix() for path in folder.rglob(EVENT_FILES)}


def application(folder: str, fast: bool) -> Client:
    """TensorBoard on a folder that it has read, as an application without a port."""
    held: list[Held] = []

    def serve(app: Any, flags: Any) -> Held:
        held.append(Held(app, flags))
        return held[0]

    board = TensorBoard(server_class=serve)
    once = ["--reload_interval", "0", "--reload_task", "auto" if fast else "blocking"]
    board.configure(argv=["", "--logdir", folder, "--load_fast", str(fast).lower(), *once,
                          "--samples_per_plugin", MAX_SAMPLES])  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of the data server that TensorBoard leaves to itself
        board.launch()
    KEPT.append(board)
    client, runs = Client(held[0].application), runs_in(Path(folder))
    until(lambda: runs <= set(json.loads(client.get("/data/runs").data)), every=0.1)
    return client
