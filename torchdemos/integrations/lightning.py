"""Watch a model that Lightning trains: `Trainer(callbacks=[WatchCallback()])`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from torchdemos.board import Board
from torchdemos.integrations.split_steps import SplitSteps


class WatchCallback(SplitSteps, Callback):
    """Shows what flows through a LightningModule while it fits, in the trainer's own TensorBoard run.

    ```python
    watching = WatchCallback(when=every(50))
    Trainer(callbacks=[watching]).fit(module, loader)
    print(watching.findings())
    ```

    A look spans the batches of one optimizer step, accumulated ones included, and is logged at the
    `global_step` before it. With manual optimization Lightning counts the steps of all optimizers
    there, so `when` is asked about the number of blocks before in this fit: `every(10)` is every
    tenth batch. Parameter gradients are those that the optimizer used: unscaled and clipped. A step
    that validation interrupts is not looked at. The loss is what `training_step` returns, alone or as
    `"loss"` of a mapping; where it returns none, it may call `watching.around.loss(loss)` itself.
    Without a `TensorBoardLogger` a folder `logs/<class of the module>` is made in the trainer's
    `default_root_dir`.

    Takes what `watch` takes: `board`, `when`, `layers`, `detail`, `prefix`, `alert`, `recorder`, `muted`, `resume`.
    """

    _step = -1
    _blocks = 0

    def __getstate__(self) -> dict[str, Any]:
        """Lightning gives its callbacks two methods of the module, and a copy would hold the whole model with them."""
        return {name: value for name, value in super().__getstate__().items() if name not in ("log", "log_dict")}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._step, self._blocks = -1, 0
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        self._begin(pl_module, lambda: _board(trainer, pl_module), scaler)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, *batch: Any) -> None:
        if trainer.global_step != self._step:
            self._step = trainer.global_step
            # With manual optimization the steps of all optimizers count, so every tenth might never be met.
            self._enter(self._step, self._step if pl_module.automatic_optimization else self._blocks)
            self._blocks += 1

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, outputs: Any, *batch: Any) -> None:
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        self._give(loss, trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1)
        if trainer.global_step != self._step:
            self._leave()

    def on_validation_start(self, *event: Any) -> None:
        self._abandon()

    def on_train_epoch_end(self, *event: Any) -> None:
        self._abandon()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._abandon()
        if self.around is not None:
            self.around.write_recorded()


def _board(trainer: Trainer, module: LightningModule) -> Board | Path | None:
    """The trainer's TensorBoard run, or a folder if there is no such run; only the first process writes."""
    name = type(module).__name__
    logger = next((logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)), None)
    if logger is None:
        return Path(trainer.default_root_dir, "logs", name)
    if not trainer.is_global_zero:
        return None
    # Lightning closes its writer after each fit; the next thing that is added opens it again.
    logger.experiment.add_text("watch", f"`{name}` is watched by torchdemos.", trainer.global_step)
    return Board(logger.experiment)
