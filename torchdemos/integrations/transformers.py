"""Watch a model that the Hugging Face Trainer trains: `Trainer(..., callbacks=[WatchCallback()])`."""

import os
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from torchdemos.integrations.split_steps import SplitSteps
from torchdemos.log import run_folder


class WatchCallback(SplitSteps, TrainerCallback):
    """Shows what flows through a model while the Trainer trains it, beside the Trainer's own TensorBoard run.

    ```python
    watching = WatchCallback(when=every(50))
    Trainer(model, args, train_dataset=data, callbacks=[watching]).train()
    print(watching.findings())
    ```

    A look spans the batches of one optimizer step, accumulated ones included, and is logged at the
    `global_step` before it. Parameter gradients are those that the optimizer used: unscaled and
    clipped. By default the folder is `watch` inside the run that the Trainer logs to TensorBoard,
    or `output_dir/runs/watch` if it logs none there.

    The Trainer tells no callback about an exception. The next `train` or `evaluate` removes what
    was left on the model; where neither follows, call `close()`.

    Takes what `watch` takes: `board`, `when`, `layers`, `detail`, `prefix`.
    """

    _begun = False

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

    def on_optimizer_step(self, *event: Any, **objects: Any) -> None:
        self._leave()

    def on_epoch_end(self, *event: Any, **objects: Any) -> None:
        self.close()

    def on_prediction_step(self, *event: Any, **objects: Any) -> None:
        self.close()

    def close(self) -> None:
        """Take the hooks of an unfinished step off the model, and write nothing about it."""
        self._abandon()


def _folder(args: TrainingArguments) -> Path:
    """Below the newest run that this process logs; its event file carries the process's number."""
    given = os.environ.get("TENSORBOARD_LOGGING_DIR") or getattr(args, "logging_dir", None)  # transformers 4
    runs = Path(args.output_dir or ".", "runs")
    own = [file.parent for file in runs.glob(f"*/events.out.tfevents.*.{os.getpid()}.*")]
    newest = max(own, key=lambda run: run.stat().st_mtime, default=runs)
    return run_folder.fresh((Path(given).expanduser() if given else newest) / "watch")
