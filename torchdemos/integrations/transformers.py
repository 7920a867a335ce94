"""Watch a model that the Hugging Face Trainer trains: `Trainer(..., callbacks=[WatchCallback()])`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from torchdemos.hooks.model_outputs import see_outputs
from torchdemos.integrations.split_steps import SplitSteps


class WatchCallback(SplitSteps, TrainerCallback):
    """Shows what flows through a model while the Trainer trains it, beside the Trainer's own TensorBoard run.

    ```python
    watching = WatchCallback(when=every(50))
    Trainer(model, args, train_dataset=data, callbacks=[watching]).train()
    print(watching.findings())
    ```

    A look spans the batches of one optimizer step, accumulated ones included, and is logged at the
    `global_step` before it. Parameter gradients are those that the optimizer used: unscaled and
    clipped. The loss is what the model returns; a `compute_loss` of your own that makes another one
    may call `watching.around.loss(loss)`. By default the folder is `watch` inside the run that the
    Trainer logs to TensorBoard, or `output_dir/runs/watch` if it logs none there.

    The Trainer tells no callback about an exception. The next `train` or `evaluate` removes what
    was left on the model; where neither follows, call `close()`.

    Takes what `watch` takes: `board`, `when`, `layers`, `detail`, `prefix`, `alert`, `recorder`, `muted`, `resume`.
    After an exception `watching.around.write_recorded()` writes what the recorder keeps.
    """

    _begun = False
    _seeing: RemovableHandle | None = None  # the model's outputs, in a step that is looked at
    _shares: tuple[Tensor, ...] = ()  # of the step's loss

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_seeing": None}

    def on_train_begin(self, *event: Any, **objects: Any) -> None:
        self.close()
        self._begun = False

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **objects: Any
    ) -> None:
        if not self._begun:  # only now has every other callback begun, and with it the Trainer's own log
            scaler = getattr(objects.get("optimizer"), "scaler", None)  # accelerate's optimizer knows it
            self._begin(objects["model"], lambda: _folder(args), scaler)
            self._begun = True
        self._enter(state.global_step, state.global_step)
        if self._looking:
            self._shares = ()
            self._seeing = self._seeing or see_outputs(objects["model"], self._see)

    def on_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **objects: Any
    ) -> None:
        if self._looking and self._shares:
            ranks = args.world_size if getattr(args, "average_tokens_across_devices", False) else 1
            self._give(torch.stack(self._shares).sum(), ranks)
        self._stop_seeing()
        self._leave()

    def on_epoch_end(self, *event: Any, **objects: Any) -> None:
        self.close()

    def on_prediction_step(self, *event: Any, **objects: Any) -> None:
        self.close()

    def close(self) -> None:
        """Take the hooks of an unfinished step off the model, and write nothing about it."""
        self._stop_seeing()
        self._abandon()

    def _see(self, named: Mapping[str, Any], output: Any) -> None:
        """The loss of a batch. A model that is told how many items all batches have returns its share of the sum."""
        named_loss = output.get("loss") if isinstance(output, Mapping) else None
        loss = next(iter(output), None) if isinstance(output, tuple) else named_loss
        if not isinstance(loss, Tensor) or loss.dim():
            return
        if named.get("num_items_in_batch") is None:
            self._give(loss)
        else:
            self._shares = (*self._shares, loss.detach().clone())

    def _stop_seeing(self) -> None:
        if self._seeing:
            self._seeing.remove()
            self._seeing = None


def _folder(args: TrainingArguments) -> Path:
    """Below the newest run that this process logs; its event file carries the process's number."""
    given = os.environ.get("TENSORBOARD_LOGGING_DIR") or getattr(args, "logging_dir", None)  # transformers 4
    runs = Path(args.output_dir or ".", "runs")
    own = [file.parent for file in runs.glob(f"*/events.out.tfevents.*.{os.getpid()}.*")]
    newest = max(own, key=lambda run: run.stat().st_mtime, default=runs)
    return (Path(given).expanduser() if given else newest) / "watch"
