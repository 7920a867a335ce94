"""Which batches a look spans in Lightning's loop, and which of them `when` picks, under automatic and manual steps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from reading import Log
from torch import Tensor, nn
from torch.optim import optimizer as optim
from torch.utils.data import DataLoader

from torchdemos import every

pl = pytest.importorskip("lightning.pytorch")
lightning = pytest.importorskip("torchdemos.integrations.lightning")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning"),
]
NORM, TOTAL, LOSS = "2_grad_norm_log10/", "2_grad_norm_summary/total", "1_overview/loss"
BATCHES = 12


class Manual(pl.LightningModule):  # type: ignore[misc, name-defined]
    """Two networks and so many optimizers: of the first, the second, and both; `step` says what they do in a batch."""

    automatic_optimization = False

    def __init__(self, step: Callable[[Any, Tensor, int], None], count: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.step, self.count = step, count

    def training_step(self, batch: Tensor, batch_idx: int) -> None:
        self.step(self, batch, batch_idx)

    def configure_optimizers(self) -> Any:
        parts = [self.first, self.second, self]
        return [torch.optim.SGD(part.parameters(), lr=0.1) for part in parts[: self.count]]

    def loss(self, batch: Tensor) -> Tensor:
        loss: Tensor = self.second(self.first(batch)).square().mean()
        return loss


def each_in_turn(module: Any, batch: Tensor, index: int) -> None:
    for optimizer in module.optimizers():
        optimizer.zero_grad()
        module.manual_backward(module.loss(batch))
        optimizer.step()


def three_times(module: Any, batch: Tensor, index: int) -> None:
    for _ in range(3):
        optimizer = module.optimizers()
        optimizer.zero_grad()
        module.manual_backward(module.loss(batch))
        optimizer.step()


def generator_every_fifth(module: Any, batch: Tensor, index: int) -> None:
    generator, discriminator = module.optimizers()
    discriminator.zero_grad()
    module.manual_backward(module.second(module.first(batch).detach()).square().mean())
    discriminator.step()
    if index % 5 == 4:
        generator.zero_grad()
        module.manual_backward(module.loss(batch))
        generator.step()


def every_fourth(module: Any, batch: Tensor, index: int) -> None:
    module.manual_backward(module.loss(batch) / 4)
    if index % 4 == 3:
        optimizer = module.optimizers()
        optimizer.step()
        optimizer.zero_grad()


def gives_its_loss(module: Any, batch: Tensor, index: int) -> None:
    each_in_turn(module, batch, index)
    (watching,) = (one for one in module.trainer.callbacks if isinstance(one, lightning.WatchCallback))
    watching.around.loss(10.0 * index)


class Automatic(pl.LightningModule):  # type: ignore[misc, name-defined]
    """Nobody calls the module itself: its training step calls `self.net` twice, and a method."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.encoder = nn.Linear(4, 2)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)  # type: ignore[no-any-return]

    def training_step(self, batch: Tensor) -> Tensor:
        return self.encode(self.net(self.net(batch))).square().mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(module: Any, folder: Path, when: Any, epochs: int = 1, checkpoint: Path | None = None, **options: Any) -> Any:
    """Fit on twelve batches an epoch; the looks are in `folder / "log"`."""
    watching = lightning.WatchCallback(folder / "log", when)
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    trainer = pl.Trainer(accelerator="cpu", max_epochs=epochs, logger=False, callbacks=[watching], **quiet, **options)
    data = torch.randn(BATCHES * 3, 4, generator=torch.Generator().manual_seed(1))
    trainer.fit(module, DataLoader(data, 3), ckpt_path=checkpoint)  # type: ignore[arg-type]
    return trainer


@pytest.fixture
def norms() -> Iterator[list[float]]:
    """Of each optimizer step that follows, the norm of the gradients that it took."""
    found: list[float] = []

    def note(optimizer: Any, *arguments: Any) -> None:
        held = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        found.append(float(nn.utils.get_total_norm(held)))

    handle = optim.register_optimizer_step_post_hook(note)
    yield found
    handle.remove()


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_with_several_optimizers_every_nth_is_every_nth_batch(count: int, n: int, tmp_path: Path) -> None:
    fit(Manual(each_in_turn, count), tmp_path, every(n))
    assert Log(tmp_path / "log").steps(TOTAL) == [count * batch for batch in range(0, BATCHES, n)]


def test_with_several_steps_a_batch_every_third_is_every_third_batch_and_its_last_step_is_shown(
    tmp_path: Path, norms: list[float]
) -> None:
    fit(Manual(three_times, 1), tmp_path, every(3))
    log = Log(tmp_path / "log")
    assert log.steps(TOTAL) == [3 * batch for batch in (0, 3, 6, 9)]
    assert [10**value for value in log.values(TOTAL)] == pytest.approx([norms[3 * b + 2] for b in (0, 3, 6, 9)])


def test_a_gan_is_looked_at_every_third_batch_and_its_generator_where_it_steps(tmp_path: Path) -> None:
    fit(Manual(generator_every_fifth, 2), tmp_path, every(3))
    log = Log(tmp_path / "log")
    global_step = {batch: batch + batch // 5 for batch in range(BATCHES)}  # the generator's steps count too
    assert log.steps("5_parameter_grad_norm_log10/second.weight") == [global_step[batch] for batch in (0, 3, 6, 9)]
    assert log.steps("5_parameter_grad_norm_log10/first.weight") == [global_step[9]]


def test_batches_accumulated_by_hand_are_one_look(tmp_path: Path, norms: list[float]) -> None:
    fit(Manual(every_fourth, 1), tmp_path, every(2))
    log = Log(tmp_path / "log")
    assert log.steps(TOTAL) == [0, 2]
    assert [10**value for value in log.values(TOTAL)] == pytest.approx([norms[0], norms[2]])
    assert not [tag for tag in log.tags() if "#" in tag or "added" in tag]


def test_batches_that_lightning_accumulates_are_one_look(tmp_path: Path, norms: list[float]) -> None:
    fit(Automatic(), tmp_path, every(2), accumulate_grad_batches=3)
    log = Log(tmp_path / "log")
    assert log.steps(TOTAL) == [0, 2]
    assert [10**value for value in log.values(TOTAL)] == pytest.approx([norms[0], norms[2]])


def test_a_module_that_returns_no_loss_may_give_one(tmp_path: Path) -> None:
    fit(Manual(each_in_turn, 2), tmp_path / "none", every(4))
    assert LOSS not in Log(tmp_path / "none" / "log").tags()
    fit(Manual(gives_its_loss, 2), tmp_path, every(4))
    log = Log(tmp_path / "log")
    assert log.steps(LOSS) == [0, 8, 16] and log.values(LOSS) == [0.0, 40.0, 80.0]


def test_a_resumed_training_is_looked_at_where_its_steps_go_on(tmp_path: Path) -> None:
    fit(Automatic(), tmp_path, every(5)).save_checkpoint(tmp_path / "half.ckpt")
    fit(Automatic(), tmp_path / "resumed", every(5), 2, tmp_path / "half.ckpt")
    assert Log(tmp_path / "log").steps(TOTAL) == [0, 5, 10]
    assert Log(tmp_path / "resumed" / "log").steps(TOTAL) == [15, 20]


def test_a_resumed_training_with_several_optimizers_counts_its_batches_anew(tmp_path: Path) -> None:
    fit(Manual(each_in_turn, 2), tmp_path, every(5)).save_checkpoint(tmp_path / "half.ckpt")
    fit(Manual(each_in_turn, 2), tmp_path / "resumed", every(5), 2, tmp_path / "half.ckpt")
    batches = [BATCHES, BATCHES + 5, BATCHES + 10]
    assert Log(tmp_path / "resumed" / "log").steps(TOTAL) == [2 * batch for batch in batches]


def test_a_module_that_nobody_calls_has_one_curve_a_layer(tmp_path: Path) -> None:
    fit(Automatic(), tmp_path, every(5))
    curves = [tag.removeprefix(NORM) for tag in Log(tmp_path / "log").tags() if tag.startswith(NORM)]
    assert curves == ["00_net.0", "01_net.1", "02_encoder"]
