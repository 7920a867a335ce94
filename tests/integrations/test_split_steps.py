"""The callbacks see in the frameworks' loops what `watch` sees in a plain one, and nothing else."""

import copy
import math
import pickle
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from reading import Log
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from torchdemos import every, watch
from torchdemos.integrations.split_steps import SplitSteps

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),  # Lightning, of every small loader
    pytest.mark.filterwarnings(
        r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning"
    ),  # Lightning 2.6
]
STEPS, BATCH = 6, 4
NORM, LOSS = "2_grad_norm_log10", "1_overview/loss"


class Net(nn.Module):
    """Gives its loss, as the Trainer wants it; `fails` is the call that raises."""

    def __init__(self, fails: int = -1, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(dropout), nn.Linear(5, 3))
        self.calls, self.fails = 0, fails

    def forward(self, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
        self.calls += 1
        logits = self.layers(x)
        if self.calls == self.fails:
            raise ZeroDivisionError
        return {"loss": cross_entropy(logits, labels), "logits": logits}


def examples(batches: int = STEPS, scale: float = 1.0) -> list[dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(1)
    x = scale * torch.randn(batches * BATCH, 6, generator=generator)
    return [{"x": row, "labels": torch.tensor(i % 3)} for i, row in enumerate(x)]


class Lightning:
    """Lightning's loop over the examples, in its default TensorBoard folder below `root`."""

    def __init__(self) -> None:
        self.library = pytest.importorskip("lightning.pytorch")
        self.integration: ModuleType = pytest.importorskip("torchdemos.integrations.lightning")
        self.callback = self.library.Callback

    def model(self, **options: Any) -> nn.Module:
        class Lit(self.library.LightningModule):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                super().__init__()
                self.net = Net(**options)

            def training_step(self, batch: dict[str, Tensor]) -> Tensor:
                loss: Tensor = self.net(**batch)["loss"]
                self.log("train_loss", loss)
                return loss

            def validation_step(self, batch: dict[str, Tensor]) -> None:
                self.net(**batch)

            def configure_optimizers(self) -> torch.optim.Optimizer:
                return torch.optim.SGD(self.parameters(), lr=0.1)

        return Lit()

    def fit(self, model: nn.Module, root: Path, *callbacks: Any, **options: Any) -> Any:
        trainer = self.trainer(root, *callbacks, **options)
        self.run(trainer, model, options.get("accumulate", 1))
        return trainer

    def trainer(self, root: Path, *callbacks: Any, accumulate: int = 1, validate: Any = False, **more: Any) -> Any:
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        logger = self.library.loggers.TensorBoardLogger(root)
        options = {"logger": logger, "max_epochs": 1, "log_every_n_steps": 1, "gradient_clip_val": 0.5} | quiet | more
        options |= {"accelerator": "cpu", "accumulate_grad_batches": accumulate, "num_sanity_val_steps": 1}
        options |= {"val_check_interval": validate} if validate else {"limit_val_batches": 0}
        return self.library.Trainer(default_root_dir=root, callbacks=list(callbacks), **options)

    def run(self, trainer: Any, model: nn.Module, accumulate: int = 1) -> None:
        trainer.fit(model, DataLoader(examples(accumulate * STEPS), BATCH), DataLoader(examples(scale=1e6), BATCH))

    def watched(self, root: Path) -> Path:
        return root / "lightning_logs" / "version_0"

    own = watched
    loss = "train_loss"
    amid_and_after = "on_before_optimizer_step", "on_train_batch_end"


class Transformers:
    """The Hugging Face Trainer's loop over the examples, with its TensorBoard folder below `root`."""

    def __init__(self) -> None:
        self.library = pytest.importorskip("transformers")
        self.integration: ModuleType = pytest.importorskip("torchdemos.integrations.transformers")
        self.callback = self.library.TrainerCallback

    def model(self, **options: Any) -> nn.Module:
        return Net(**options)

    def fit(self, model: nn.Module, root: Path, *callbacks: Any, **options: Any) -> Any:
        trainer = self.trainer(model, root, *callbacks, **options)
        trainer.train()
        return trainer

    def trainer(
        self,
        model: nn.Module,
        root: Path,
        *callbacks: Any,
        accumulate: int = 1,
        validate: Any = False,
        report_to: str = "tensorboard",
        **options: Any,
    ) -> Any:
        args = self.library.TrainingArguments(
            str(root),
            per_device_train_batch_size=BATCH,
            gradient_accumulation_steps=accumulate,
            num_train_epochs=1,
            learning_rate=0.1,
            lr_scheduler_type="constant",
            optim="sgd",
            max_grad_norm=0.5,
            train_sampling_strategy="sequential",
            eval_strategy="steps" if validate else "no",
            eval_steps=2,
            save_strategy="no",
            logging_steps=1,
            report_to=report_to,
            disable_tqdm=True,
            use_cpu=True,
            dataloader_pin_memory=False,
            **options,
        )
        data = {"train_dataset": examples(accumulate * STEPS), "eval_dataset": examples(scale=1e6)}
        return self.library.Trainer(model, args, callbacks=list(callbacks), **data)

    def own(self, root: Path) -> Path:
        (run,) = (root / "runs").iterdir()
        return run

    def watched(self, root: Path) -> Path:
        return self.own(root) / "watch"

    loss = "train/loss"
    amid_and_after = "on_pre_optimizer_step", "on_step_end"


@pytest.fixture(params=[Lightning, Transformers])
def framework(request: pytest.FixtureRequest) -> Any:
    return request.param()


@pytest.fixture
def lightning() -> Lightning:
    return Lightning()


@pytest.fixture
def transformers() -> Transformers:
    return Transformers()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Lightning and the Trainer print what they do."""
    import logging

    names = "lightning.pytorch", "transformers"
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def plain(model: nn.Module, folder: Path, accumulate: int = 1) -> Log:
    """What `watch` logs in a loop of one's own over the same batches."""
    net = getattr(model, "net", model)
    optimizer, around = torch.optim.SGD(model.parameters(), lr=0.1), watch(model, folder, every(1))
    batches = iter(DataLoader(examples(accumulate * STEPS), BATCH))
    for step in range(STEPS):
        with around(step):
            optimizer.zero_grad()
            for _ in range(accumulate):
                loss = net(**next(batches))["loss"]
                around.loss(loss)
                (loss / accumulate).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
    return Log(folder)


def pickled(callback: Any) -> Any:
    return pickle.loads(pickle.dumps(callback))


def keeper_of_copies(framework: Any, copied: Any, watching: Any) -> Any:
    """A callback that comes after `watching` and keeps copies of it: amid a step and once it has ended."""
    kept: list[Any] = []

    def keep(self: Any, *event: Any, **objects: Any) -> None:
        kept.append(copied(watching))

    return type("Copying", (framework.callback,), {**dict.fromkeys(framework.amid_and_after, keep), "kept": kept})()


def hooks_of(model: nn.Module) -> list[Any]:
    outputs = [hook for module in model.modules() for hook in module._forward_hooks.values()]
    return outputs + [hook for p in model.parameters() for hook in (p._post_accumulate_grad_hooks or {}).values()]


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_numbers_are_those_of_a_plain_loop(framework: Any, accumulate: int, tmp_path: Path) -> None:
    expected = plain(framework.model(), tmp_path / "plain", accumulate)
    watching = framework.integration.WatchCallback(when=every(1))
    framework.fit(framework.model(), tmp_path / "own", watching, accumulate=accumulate)
    found = Log(framework.watched(tmp_path / "own"))
    ours = [tag for tag in found.tags() if tag[0].isdigit()]
    assert set(ours) == set(expected.tags())
    for tag in ours:
        assert found.steps(tag) == expected.steps(tag)
        assert found.values(tag) == pytest.approx(expected.values(tag), rel=1e-5, abs=1e-6), tag
    assert len({tag for tag in ours if tag.startswith(f"{NORM}/")}) >= 4
    assert found.steps(next(tag for tag in ours if "update_ratio" in tag)) == list(range(STEPS))


@pytest.mark.parametrize("detail", ["scalars", "pictures"])
def test_training_ends_in_the_same_weights(framework: Any, detail: str, tmp_path: Path) -> None:
    def weights(name: str, *callbacks: Any) -> list[bytes]:
        model = framework.model(dropout=0.2)
        torch.manual_seed(3)
        framework.fit(model, tmp_path / name, *callbacks)
        assert hooks_of(model) == []
        return [p.detach().numpy().tobytes() for p in model.parameters()] + [torch.get_rng_state().numpy().tobytes()]

    watching = framework.integration.WatchCallback(when=every(1), detail=detail)
    assert weights("watched", watching) == weights("unwatched")
    assert watching.around.last.step == STEPS - 1


def test_tags_land_in_the_frameworks_own_folder(framework: Any, tmp_path: Path) -> None:
    framework.fit(framework.model(), tmp_path, framework.integration.WatchCallback(when=every(2)))
    log = Log(framework.watched(tmp_path))
    assert [log.steps(tag) for tag in log.tags() if tag.startswith(f"{NORM}/00")] == [[0, 2, 4]]
    assert len(Log(framework.own(tmp_path)).values(framework.loss)) == STEPS
    assert len(list(framework.own(tmp_path).glob("events*"))) == 1


def test_the_loss_is_that_of_the_framework(framework: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(when=every(2))
    framework.fit(framework.model(), tmp_path, watching)
    logged = Log(framework.own(tmp_path)).values(framework.loss)
    found = Log(framework.watched(tmp_path))
    assert found.steps(LOSS) == [0, 2, 4]
    assert found.values(LOSS) == pytest.approx(logged[::2], abs=1e-4)  # the Trainer rounds to four digits


def test_a_loss_that_is_not_finite_is_logged_and_found(framework: Any, tmp_path: Path) -> None:
    model = framework.model()
    with torch.no_grad():
        next(model.parameters()).fill_(math.nan)
    watching = framework.integration.WatchCallback(when=every(5))
    framework.fit(model, tmp_path, watching)
    assert all(map(math.isnan, Log(framework.watched(tmp_path)).values(LOSS)))
    assert "not finite" in [finding.kind for finding in watching.findings()]


def test_shares_of_a_sum_over_all_batches_add_up(transformers: Transformers, tmp_path: Path) -> None:
    """A model that takes `num_items_in_batch` divides by the items of all batches of a step."""

    class Summed(Net):
        def forward(self, x: Tensor, labels: Tensor, num_items_in_batch: Any = None) -> dict[str, Tensor]:
            logits = self.layers(x)
            return {"loss": cross_entropy(logits, labels, reduction="sum") / num_items_in_batch, "logits": logits}

        accepts_loss_kwargs = True

    watching = transformers.integration.WatchCallback(when=every(1))
    transformers.fit(Summed(), tmp_path, watching, accumulate=2)
    expected = Log(transformers.own(tmp_path)).values(transformers.loss)
    assert Log(transformers.watched(tmp_path)).values(LOSS) == pytest.approx(expected, abs=1e-4)


def test_findings_speak_of_the_last_look(framework: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(layers=nn.Linear)
    assert watching.findings() == []
    framework.fit(framework.model(), tmp_path, watching)
    assert [finding.kind for finding in watching.findings([1.0, 40.0, math.nan])] == ["learning rate too large"]


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_copy_of_a_callback_watches_a_training_of_its_own(framework: Any, copied: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(when=every(2), layers=nn.Linear)
    for name in ("before", "after"):  # a copy of one that has watched nothing yet, and of one that has
        twin = copied(watching)
        framework.fit(framework.model(), tmp_path / name, twin)
        log = Log(framework.watched(tmp_path / name))
        assert log.steps(next(tag for tag in log.tags() if tag.startswith(f"{NORM}/"))) == [0, 2, 4]
        watching = twin
    assert watching.around.last == copied(watching).around.last
    assert copied(watching).findings([math.nan]) == watching.findings([math.nan])


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_callback_can_be_copied_amid_a_step_which_goes_on(framework: Any, copied: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(when=every(1))
    copying = keeper_of_copies(framework, copied, watching)
    model = framework.model()
    framework.fit(model, tmp_path, watching, copying)
    log = Log(framework.watched(tmp_path))
    assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == list(range(STEPS))
    last = [twin.around.last and twin.around.last.step for twin in copying.kept]
    assert last[:3] == [None, 0, 0] and len(last) == 2 * STEPS
    for twin in copying.kept:  # and a copy does nothing to the model
        twin.around.begin(7)
        assert hooks_of(model) == []
        twin.around.end()


def test_a_copy_of_a_callback_with_a_writer_of_ones_own_writes_to_the_default_folder(
    framework: Any, tmp_path: Path
) -> None:
    with SummaryWriter(str(tmp_path / "mine")) as writer:
        twin = copy.deepcopy(framework.integration.WatchCallback(writer))
    framework.fit(framework.model(), tmp_path / "own", twin)
    assert any(tag.startswith(NORM) for tag in Log(framework.watched(tmp_path / "own")).tags())


def test_layers_are_chosen_as_in_watch(framework: Any, tmp_path: Path) -> None:
    framework.fit(framework.model(), tmp_path, framework.integration.WatchCallback(layers=nn.Linear))
    found = [tag for tag in Log(framework.watched(tmp_path)).tags() if tag.startswith(f"{NORM}/")]
    assert [tag.rsplit(".", 1)[1] for tag in found] == ["0", "3"]


def test_validation_is_not_seen(framework: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(when=every(1))
    framework.fit(framework.model(), tmp_path, watching, validate=2)
    log = Log(framework.watched(tmp_path))
    largest = [tag for tag in log.tags() if tag.startswith("3_activation_abs_max/")]
    assert largest and max(value for tag in largest for value in log.values(tag)) < 100
    assert log.steps(largest[0]) == list(range(STEPS))


def test_a_board_of_the_users_own_is_written_to_again_in_a_second_run(framework: Any, tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path / "mine")) as writer:
        watching = framework.integration.WatchCallback(writer, when=every(1))
        framework.fit(framework.model(), tmp_path / "a", watching)
        with pytest.warns(UserWarning, match="already shows a watched model"):
            framework.fit(framework.model(), tmp_path / "b", watching)
    log = Log(tmp_path / "mine")
    assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == [*range(STEPS), *range(STEPS)]


def test_an_exception_in_lightning_leaves_no_hook(lightning: Lightning, tmp_path: Path) -> None:
    model, watching = lightning.model(fails=3), lightning.integration.WatchCallback(when=every(1))
    with pytest.raises(ZeroDivisionError):
        lightning.fit(model, tmp_path, watching)
    assert hooks_of(model) == [] and watching.around.last.step == 1


def test_the_recorder_sees_every_step_and_writes_only_those_that_are_due(framework: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(when=every(3), recorder=2)
    framework.fit(framework.model(), tmp_path, watching)
    assert Log(framework.watched(tmp_path)).steps(LOSS) == [0, 3]
    assert watching.around.last.step == STEPS - 1


def test_the_recorder_writes_the_steps_before_an_exception_in_lightning(lightning: Lightning, tmp_path: Path) -> None:
    watching = lightning.integration.WatchCallback(when=every(10), recorder=2)
    with pytest.raises(ZeroDivisionError):
        lightning.fit(lightning.model(fails=5), tmp_path, watching)
    assert Log(lightning.watched(tmp_path)).steps(LOSS) == [0, 2, 3]


def test_an_exception_in_the_trainer_leaves_no_hook_once_closed(transformers: Transformers, tmp_path: Path) -> None:
    model, watching = transformers.model(fails=3), transformers.integration.WatchCallback(when=every(1))
    with pytest.raises(ZeroDivisionError):
        transformers.fit(model, tmp_path, watching)
    assert hooks_of(model) != []
    watching.close()
    assert hooks_of(model) == [] and watching.around.last.step == 1
    watching.close()


def test_an_evaluation_after_an_exception_removes_the_hooks_too(transformers: Transformers, tmp_path: Path) -> None:
    model, watching = transformers.model(fails=3), transformers.integration.WatchCallback(when=every(1))
    trainer = transformers.trainer(model, tmp_path, watching)
    with pytest.raises(ZeroDivisionError):
        trainer.train()
    assert hooks_of(model) != []
    trainer.evaluate()
    assert hooks_of(model) == [] and watching.around.last.step == 1


def test_a_trainer_that_logs_nothing_gets_a_folder_beside_its_runs(transformers: Transformers, tmp_path: Path) -> None:
    transformers.fit(transformers.model(), tmp_path, transformers.integration.WatchCallback(), report_to="none")
    assert Log(tmp_path / "runs" / "watch").tags()


def test_the_folder_named_in_the_environment_is_the_trainers(
    transformers: Transformers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "board"))
    transformers.fit(transformers.model(), tmp_path / "out", transformers.integration.WatchCallback())
    assert Log(tmp_path / "board").values("train/loss") and Log(tmp_path / "board" / "watch").tags()


def test_training_that_stops_amid_accumulated_batches_is_no_look(transformers: Transformers, tmp_path: Path) -> None:
    def stop(self: Any, args: Any, state: Any, control: Any, **objects: Any) -> Any:
        control.should_training_stop = state.global_step == 2
        return control

    stopping = type("Stopping", (transformers.library.TrainerCallback,), {"on_substep_end": stop})()
    model, watching = transformers.model(), transformers.integration.WatchCallback(when=every(1))
    transformers.fit(model, tmp_path, watching, stopping, accumulate=2)
    assert hooks_of(model) == [] and watching.around.last.step == 1


def test_lightning_without_tensorboard_gets_a_folder_for_torchdemos(lightning: Lightning, tmp_path: Path) -> None:
    lightning.fit(lightning.model(), tmp_path, lightning.integration.WatchCallback(), logger=False)
    assert Log(tmp_path / "logs" / "Lit").tags()


def test_a_second_fit_goes_on_where_the_first_ended(lightning: Lightning, tmp_path: Path) -> None:
    model, watching = lightning.model(), lightning.integration.WatchCallback(when=every(1))
    trainer = lightning.fit(model, tmp_path, watching)
    trainer.fit_loop.max_epochs = 2
    lightning.run(trainer, model)
    log = Log(lightning.watched(tmp_path))
    assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == list(range(2 * STEPS))


def test_a_step_that_validation_interrupts_is_not_looked_at(lightning: Lightning, tmp_path: Path) -> None:
    watching = lightning.integration.WatchCallback(when=every(1))
    lightning.fit(lightning.model(), tmp_path, watching, accumulate=2, validate=3)
    log = Log(lightning.watched(tmp_path))
    assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == [0, 2, 3, 5]


def test_a_module_that_ends_the_epoch_early_leaves_no_hook(lightning: Lightning, tmp_path: Path) -> None:
    model, watching = lightning.model(), lightning.integration.WatchCallback(when=every(1))
    model.on_train_batch_start = lambda batch, batch_idx: -1 if batch_idx == 2 else None
    lightning.fit(model, tmp_path, watching)
    assert hooks_of(model) == [] and watching.around.last.step == 1


def test_manual_optimization_with_two_steps_a_batch_is_one_look_a_batch(lightning: Lightning, tmp_path: Path) -> None:
    class Manual(type(lightning.model())):  # type: ignore[misc]
        automatic_optimization = False

        def training_step(self, batch: dict[str, Tensor]) -> None:
            for optimizer in self.optimizers():
                optimizer.zero_grad()
                self.manual_backward(self.net(**batch)["loss"])
                optimizer.step()

        def configure_optimizers(self) -> Any:
            return [torch.optim.SGD(self.parameters(), lr=0.1) for _ in range(2)]

    watching = lightning.integration.WatchCallback(when=every(1))
    lightning.fit(Manual(), tmp_path, watching, gradient_clip_val=None)
    log = Log(lightning.watched(tmp_path))
    assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == list(range(0, 2 * STEPS, 2))


def test_a_gradient_scaler_is_divided_out(lightning: Lightning, tmp_path: Path) -> None:
    found = {}
    for scale in (1.0, 1024.0):
        precision = lightning.library.plugins.MixedPrecision(
            "16-mixed", "cpu", scaler=torch.amp.GradScaler("cpu", init_scale=scale)
        )
        watching = lightning.integration.WatchCallback(when=every(1), layers=nn.Linear)
        torch.manual_seed(0)
        lightning.fit(lightning.model(), tmp_path / str(scale), watching, plugins=[precision])
        found[scale] = watching.around.last.gradients
    for key, gradient in found[1.0].items():
        assert found[1024.0][key]["norm"] == pytest.approx(gradient["norm"], rel=1e-2)


def test_the_scaler_of_accelerates_optimizer_is_divided_out(transformers: Transformers, tmp_path: Path) -> None:
    args = transformers.library.TrainingArguments(str(tmp_path), use_cpu=True)
    state = SimpleNamespace(global_step=0)
    found = []
    for scale in (1.0, 1024.0):
        model, scaler = transformers.model(), torch.amp.GradScaler("cpu", init_scale=scale)
        watching = transformers.integration.WatchCallback(layers=nn.Linear)
        watching.on_train_begin(args, state, None)
        watching.on_step_begin(args, state, None, model=model, optimizer=SimpleNamespace(scaler=scaler))
        scaler.scale(model(torch.ones(4, 6), torch.tensor([0, 1, 2, 0]))["loss"]).backward()
        watching.on_optimizer_step(args, state, None)
        found.append(watching.around.last.gradients["layers.0"]["norm"])
    assert found[0] == pytest.approx(found[1])


def test_a_second_train_is_a_run_of_its_own(transformers: Transformers, tmp_path: Path) -> None:
    watching = transformers.integration.WatchCallback(when=every(1))
    trainer = transformers.fit(transformers.model(), tmp_path, watching)
    trainer.train()
    first = transformers.watched(tmp_path)
    for log in (Log(first), Log(first.with_name("watch_2"))):
        assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == list(range(STEPS))


def test_a_prefix_reaches_the_tags(framework: Any, tmp_path: Path) -> None:
    framework.fit(framework.model(), tmp_path, framework.integration.WatchCallback(prefix="mine"))
    assert any(tag.startswith(f"mine_{NORM}/") for tag in Log(framework.watched(tmp_path)).tags())


def test_the_loops_options_of_watch_reach_it(framework: Any, tmp_path: Path) -> None:
    watching = framework.integration.WatchCallback(str(tmp_path / "mine"), when=lambda step: step == 4)
    framework.fit(framework.model(), tmp_path / "own", watching)
    log = Log(tmp_path / "mine")
    assert log.steps(next(tag for tag in log.tags() if tag.startswith(NORM))) == [4]


def test_a_named_folder_is_resumed_and_a_default_one_is_not(tmp_path: Path) -> None:
    model = Net()
    for begins in (range(4), range(2, 5)):
        for board in (tmp_path / "named", None):
            steps = SplitSteps(board, every(1), alert=None, resume=True)
            steps._begin(model, lambda: tmp_path / "default", None)
            for step in begins:
                steps._enter(step, step)
                model.layers(torch.ones(4, 6)).sum().backward()
                torch.optim.SGD(model.parameters(), lr=0.0).step()
                steps._leave()
    assert Log(tmp_path / "named").steps(f"{NORM}/00_layers.0") == [0, 1, 2, 3, 4]
    assert Log(tmp_path / "default_2").steps(f"{NORM}/00_layers.0") == [2, 3, 4]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default", "default_2", "named"]
