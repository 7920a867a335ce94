"""Watching survives the ways people train, and whatever becomes of the model in the meantime."""

import copy
import gc
import math
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from reading import Log
from small import backward, digits, small, train
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from torchdemos import Board, every, watch
from torchdemos.log import tags
from torchdemos.watching import outputs

# The two ends of a step


def hooks_of(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def test_a_step_that_is_begun_and_ended_is_looked_at_as_a_block_is(tmp_path: Path) -> None:
    looks = []
    for name in ("block", "calls"):
        torch.manual_seed(0)
        model = small()
        around = watch(model, tmp_path / name, when=every(1))
        if name == "block":
            with around(3):
                train(model)
        else:
            around.begin(3)
            train(model)
            around.end()
        looks.append(around.last)
    assert looks[0] and repr(looks[0]) == repr(looks[1])  # NaN does not equal itself


@pytest.mark.parametrize("way", ["cancel", "begin", "end", "leave", "forget"])
def test_a_step_that_an_exception_interrupts_leaves_nothing_attached(way: str, tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with pytest.raises(ZeroDivisionError), around if way == "leave" else nullcontext():
        around.begin(0)
        model(torch.zeros(2, 6))
        raise ZeroDivisionError
    if way == "cancel":
        around.cancel()
    elif way == "begin":
        around.begin(1)  # not due
    elif way == "end":
        around.end()
    elif way == "forget":
        del around
        gc.collect()
    assert hooks_of(model) == 0
    if way in ("cancel", "begin", "leave"):
        assert around.last is None


def test_a_step_that_is_begun_again_goes_on(tmp_path: Path) -> None:
    """As where batches are accumulated: a framework's step stays the same until the optimizer takes it."""
    looks = []
    for begins in (1, 3):
        model = small()
        around = watch(model, tmp_path / str(begins))
        for number in range(3):
            if number < begins:
                around.begin(0)
            backward(model)
        around.end()
        looks.append(around.last)
    assert looks[0] is not None and repr(looks[0]) == repr(looks[1])  # NaN does not equal itself


def test_ending_or_cancelling_what_was_not_begun_does_nothing(tmp_path: Path) -> None:
    around = watch(small(), tmp_path / "mine")
    around.end()
    around.cancel()
    assert around.last is None


@pytest.mark.parametrize("step", [None, "6", 1.7])
def test_a_step_that_is_no_whole_number_is_refused_before_anything_is_attached(step: Any, tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    for enter in (around, around.begin):
        with pytest.raises(TypeError, match="a step is a whole number"):
            enter(step)  # type: ignore[operator]
    assert hooks_of(model) == 0


def test_steps_that_restart_are_said_once(tmp_path: Path) -> None:
    """As where the index of the batch is the step, which begins anew each epoch."""
    model = small()
    around = watch(model, tmp_path / "mine", when=every(10))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            for step in (0, 1, 2):
                with around(step):
                    train(model)
    assert [str(warning.message).split(",")[0] for warning in caught] == ["step 0 comes after step 2"]


# The loss


@pytest.mark.parametrize("way", ["block", "as", "begin"])
def test_a_loss_that_is_given_in_a_step_is_logged_with_its_look(way: str, tmp_path: Path) -> None:
    model, losses = small(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    around = watch(model, tmp_path / "mine", when=every(2))
    for step in range(5):
        if way == "begin":
            around.begin(step)
        with nullcontext() if way == "begin" else around(step) as look:
            optimizer.zero_grad()
            loss = backward(model)
            optimizer.step()
            (look if way == "as" else around).loss(loss)
        around.end()
        losses.append(loss.item())
    log = Log(tmp_path / "mine")
    assert log.steps(tags.LOSS) == [0, 2, 4]
    assert log.values(tags.LOSS) == pytest.approx(losses[::2])
    assert around.last and around.last.loss == losses[4] == around.last.flat()["loss"]


def test_of_several_losses_in_a_block_their_mean_counts(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine")
    with around(0):
        backward(model)
        for loss in (torch.tensor([1.0, 3.0]), 4, torch.tensor(9.0, dtype=torch.float16), torch.ones(1, device="meta")):
            around.loss(loss)
    assert around.last and around.last.loss == (2 + 4 + 9) / 3


def test_a_loss_that_changes_in_place_later_is_kept_as_it_was(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine")
    with around(0):
        backward(model)
        loss = torch.tensor(8.0, dtype=torch.float64)
        around.loss(loss)
        loss /= 4
    assert around.last and around.last.loss == 8


def test_a_loss_is_no_part_of_any_other_look(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", when=every(2), prefix="net")
    around.loss(1.0)
    for step in (0, 1, 2):
        with around(step):
            backward(model)
            if step < 2:
                around.loss(float(step + 5))
    around.loss(1.0)
    assert around.last and around.last.loss is None and "loss" not in around.last.flat()
    assert Log(tmp_path / "mine").values(f"net_{tags.LOSS}") == [5.0]


def test_a_loss_that_a_broken_step_gave_is_gone(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine", when=every(1))
    with pytest.raises(ZeroDivisionError), around(0):
        around.loss(7.0)
        raise ZeroDivisionError
    around.begin(1)
    around.loss(7.0)
    around.cancel()
    with around(2):
        backward(model)
        around.loss(1.0)
    assert around.last and around.last.loss == 1


def test_nothing_is_done_with_a_loss_between_looks(tmp_path: Path) -> None:
    class Untouchable(Tensor):
        @classmethod
        def __torch_function__(cls, *call: Any) -> Any:
            raise AssertionError("touched")

    around = watch(small(), tmp_path / "mine")
    with around(1):
        around.loss(torch.zeros(()).as_subclass(Untouchable))


def test_findings_know_the_losses_of_all_looks(tmp_path: Path) -> None:
    kinds = []
    for losses in ((1.0, 0.5, 0.4), (1.0, math.nan, math.nan)):
        around = watch(model := small(), when=every(10), alert=None)
        for step, loss in enumerate(losses):
            with around(10 * step):
                train(model, lr=0.1)
                around.loss(torch.tensor(loss))
        assert [step for step, _ in around.history.losses] == [0, 10, 20]
        assert around.findings() == copy.deepcopy(around).findings()
        kinds.append([[finding.kind for finding in found] for found in (around.findings(), around.findings(losses))])
    assert kinds == [[[], []], [["not finite"]] * 2]


def test_a_loss_inside_a_transformation_stands_for_many_and_is_left_out(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine")

    def loss_of(row: Tensor) -> Tensor:
        loss = row.square().sum()
        around.loss(loss)
        return loss

    with around(0):
        backward(model)
        torch.vmap(loss_of)(torch.ones(3, 2))
    assert around.last and around.last.loss is None


# Ways to train


def test_gradients_that_are_cleared_at_the_end_of_the_block_are_seen(tmp_path: Path) -> None:
    """PyTorch's own quickstart clears them there."""
    looks = []
    for name in ("first", "last"):
        torch.manual_seed(0)
        model = small()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        around = watch(model, tmp_path / name, when=every(1))
        for step in range(3):
            with around(step):
                if name == "first":
                    optimizer.zero_grad()
                backward(model)
                optimizer.step()
                if name == "last":
                    optimizer.zero_grad()
        looks.append(around.last)
    assert looks[0] and looks[0].gradient_norm and repr(looks[0]) == repr(looks[1])


def test_parameters_have_hooks_only_while_blocks_have_no_step(tmp_path: Path) -> None:
    """A hook for each parameter costs time, and where the optimizer steps in the block nobody needs it."""
    model, hooked = small(), []
    around = watch(model, tmp_path / "mine", when=every(1))
    for body in (backward, train, train, backward, backward):
        with around(0):
            hooked.append(bool(model[0].weight._backward_hooks))
            body(model)
    assert hooked == [True, True, False, False, True]
    assert not model[0].weight._backward_hooks


def test_accumulated_batches_are_seen_as_one(tmp_path: Path) -> None:
    looks = []
    for parts in (1, 4):
        torch.manual_seed(0)
        model, x = small(), torch.randn(12, 6, generator=torch.Generator().manual_seed(5))
        around = watch(model, tmp_path / str(parts), detail="histograms")
        with around(0):
            for part in x.chunk(parts):
                (model(part).square().sum() / 12).backward()
        looks.append(around.last)
    whole, accumulated = looks
    assert whole and accumulated and list(whole.activations) == list(accumulated.activations)
    for key in whole.activations:
        expected = pytest.approx(whole.activations[key], rel=1e-5, abs=1e-9, nan_ok=True)
        assert accumulated.activations[key] == expected
        assert accumulated.gradients[key] == pytest.approx(whole.gradients[key], rel=1e-5)


def test_the_loss_scale_of_mixed_precision_is_taken_out(tmp_path: Path) -> None:
    looks = []
    for scale in (1.0, 1024.0):
        torch.manual_seed(0)
        model = small()
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        around = watch(model, tmp_path / str(scale), scaler=scaler)
        with around(0):
            scaler.scale(model(digits()[0]).square().mean()).backward()
            scaler.step(optimizer)
            scaler.update()
        looks.append(around.last)
    plain, scaled = looks
    assert plain and scaled and plain.gradients.keys() == scaled.gradients.keys()
    for key, gradient in plain.gradients.items():
        assert scaled.gradients[key] == pytest.approx(gradient, rel=1e-6)
    assert scaled.gradient_norm == pytest.approx(plain.gradient_norm, rel=1e-6)


def test_the_many_evaluations_of_lbfgs_are_one_curve_a_layer(tmp_path: Path) -> None:
    model = small()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=6)
    x = digits()[0]

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        return loss

    around = watch(model, tmp_path / "mine")
    with around(0):
        optimizer.step(closure)
    assert around.last and not any("#" in key for key in around.last.activations)
    assert around.last.gradient_norm


def test_late_calls_of_a_layer_share_a_curve(tmp_path: Path) -> None:
    cell = nn.RNNCell(6, 6)

    class Unrolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = cell

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(50):
                x = self.cell(x, x)
            return x

    around = watch(model := Unrolled(), tmp_path / "mine", by_call=True)
    with around(0):
        model(digits()[0]).sum().backward()
    assert around.last is not None
    keys = list(around.last.activations)
    assert len(keys) == len(around.last.gradients) == 21 and keys[0] == "cell" and keys[-1] == "cell#later"


def test_two_models_share_a_board_under_prefixes(tmp_path: Path) -> None:
    with Board(tmp_path / "gan") as board:
        for name in ("generator", "discriminator"):
            around = watch(model := small(), board, prefix=name)
            with around(0):
                train(model)
    found = Log(tmp_path / "gan").tags()
    assert (
        f"generator_{tags.GRADIENT_SUMMARY}/total" in found and f"discriminator_{tags.GRADIENT_SUMMARY}/total" in found
    )
    assert all(tag.startswith(("generator_", "discriminator_")) for tag in found)


def test_two_models_under_the_same_tags_get_a_warning(tmp_path: Path) -> None:
    with Board(tmp_path / "both") as board:
        watch(small(), board)
        with pytest.warns(UserWarning, match="give each model a prefix"):
            watch(small(), board)


def test_a_summary_writer_of_the_users_own_is_written_to(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path / "theirs")) as writer:
        around = watch(model := small(), writer)
        with around(0):
            train(model)
        writer.add_scalar("mine", 1.0, 0)
    assert {"mine", f"{tags.GRADIENT_SUMMARY}/total"} <= set(Log(tmp_path / "theirs").tags())


def test_a_notebook_cell_can_be_run_again(tmp_path: Path) -> None:
    model = small()
    cell = """
around = watch(model, folder / "mine")
for step in range(3):
    with around(step):
        train(model)
"""
    names = {"model": model, "folder": tmp_path, "watch": watch, "train": train}
    exec(cell, names)
    with pytest.warns(UserWarning, match=r"mine is in use: this run is .*mine_2"):
        exec(cell, names)
    assert Log(tmp_path / "mine").steps(f"{tags.GRADIENT_SUMMARY}/total") == [0]
    assert Log(tmp_path / "mine_2").steps(f"{tags.GRADIENT_SUMMARY}/total") == [0]
    assert not any(module._forward_hooks for module in model.modules())


# Models that change, and other surprises


def test_a_chosen_layer_that_is_gone_is_named_and_training_goes_on(tmp_path: Path) -> None:
    model = nn.Sequential(OrderedDict(a=nn.Linear(6, 6), b=nn.Linear(6, 6)))
    around = watch(model, tmp_path / "mine", when=every(1), layers=["a", "b"])
    with around(0):
        backward(model)
    del model.b
    with around(1):
        backward(model)
    assert around.last and list(around.last.activations) == ["a"] and around.last.silent == ["b"]
    assert Log(tmp_path / "mine").text("silent").endswith("no activation: b.")


def test_a_model_that_has_changed_since_the_last_look_is_seen_as_it_is(tmp_path: Path) -> None:
    model = nn.Sequential(OrderedDict(a=nn.Linear(6, 6)))
    around = watch(model, tmp_path / "mine", when=every(1))
    with around(0):
        backward(model)
    model.b = nn.Linear(6, 4)
    model.a.bias = None
    model.a.weight = nn.Parameter(torch.eye(6))
    with around(1):
        backward(model)
    seen = around.last
    assert seen and list(seen.activations) == ["a", "b"] and list(seen.parameters) == ["a.weight", "b.weight", "b.bias"]
    assert seen.parameters["a.weight"]["norm"] == pytest.approx(6**0.5)


def test_a_model_that_is_moved_in_the_block_is_still_trained(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine")
    with around(0):
        backward(model)
        model.to("meta")
    with pytest.warns(UserWarning, match="no layer's output"), around(10):
        pass
    assert around.last is not None and around.last.step == 10


def test_a_look_that_cannot_be_taken_does_not_end_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchdemos.watching.observer.take_look", lambda *_: 1 / 0)
    around = watch(model := small(), tmp_path / "mine", when=every(1))
    with pytest.warns(UserWarning, match="could not be taken, training goes on: ZeroDivisionError"), around(0):
        backward(model)
    with around(1):
        backward(model)


def test_a_model_sharded_the_old_way_gets_a_warning(tmp_path: Path) -> None:
    class FullyShardedDataParallel(nn.Sequential):
        """By its name, because the real one wants a process group."""

    with pytest.warns(UserWarning, match="fully_shard would show them whole"):
        watch(FullyShardedDataParallel(small()), tmp_path / "mine")


def test_a_model_run_in_copies_gets_a_warning(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"DataParallel runs copies of the model.*: use DistributedDataParallel"):
        watch(nn.DataParallel(small()), tmp_path / "mine")


def test_steps_are_whole_numbers(tmp_path: Path) -> None:
    around = watch(small(), tmp_path / "mine")
    with pytest.raises(TypeError), around(0.5):
        pass
    with pytest.warns(UserWarning, match="no layer's output"), around(torch.tensor(10)):
        pass


def test_only_modules_can_be_watched(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"only an nn\.Module has layers to see, and this is a function"):
        watch(small, tmp_path / "mine")


def test_a_model_that_holds_its_watch_can_be_copied_and_saved(tmp_path: Path) -> None:
    model = small()
    model.around = watch(model, tmp_path / "mine")
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        with twin.around(0):
            backward(twin)
    assert model.around.last is None


def test_a_parameter_without_elements_is_not_broken(tmp_path: Path) -> None:
    model = small()
    model.empty = nn.Parameter(torch.empty(0, 4))
    around = watch(model, tmp_path / "mine")
    with around(0):
        model.empty.grad = torch.empty(0, 4)
        train(model)
    assert around.last and around.last.gradient_norm and around.last.gradient_norm > 0 and around.findings() == []


def test_a_gradient_that_is_not_finite_leaves_a_mark(tmp_path: Path) -> None:
    around = watch(model := small(), tmp_path / "mine")
    with around(0):
        (model(digits()[0]).sum() * math.nan).backward()
    assert [tag for tag in Log(tmp_path / "mine").tags() if tag.startswith(f"{tags.NONFINITE}_grad/")]


def test_a_gradient_of_exactly_0_and_a_weight_that_a_step_does_not_change_leave_marks(tmp_path: Path) -> None:
    model = nn.Sequential(OrderedDict(first=nn.Linear(6, 5), last=nn.Linear(5, 3)))
    nn.init.zeros_(model.last.weight)
    around, optimizer = watch(model, tmp_path / "mine"), torch.optim.SGD(model.parameters(), lr=0.1)
    with around(0):
        model(digits()[0]).sum().backward()
        optimizer.step()
    log = Log(tmp_path / "mine")
    assert [tag for tag in log.tags() if tag.startswith(f"{tags.ZERO_GRADIENT}/")] == [f"{tags.ZERO_GRADIENT}/00_first"]
    unchanged = [tag.partition("/")[2] for tag in log.tags() if tag.startswith(f"{tags.UNCHANGED}/")]
    assert unchanged == ["first.weight", "first.bias"]
    assert "exactly 0" in log.description(f"{tags.ZERO_GRADIENT}/00_first")
    assert log.text("layers") == "* 00_first: Linear 6 → 5\n* 01_last: Linear 5 → 3"


def test_an_alias_of_a_shared_layer_is_blamed_for_its_own_weights_only(tmp_path: Path) -> None:
    model = small()
    model.alias = model[0]
    with torch.no_grad():
        model[2].weight.fill_(math.nan)
    around = watch(model, tmp_path / "mine", layers=["alias"])
    with around(0):
        model[0](digits()[0])
    assert around.last and around.last.weights_finite == {"alias": True}


@pytest.mark.parametrize("shape", [(4, 6), (4, 5, 6), (4, 7, 7, 6), (2, 3, 4, 5, 6)])
def test_dead_features_behind_a_dense_layer_are_in_the_last_dimension(shape: tuple[int, ...], tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 10), nn.ReLU())
    with torch.no_grad():
        model[0].bias[:5] = -1e6
    around = watch(model, tmp_path / "mine")
    with around(0):
        model(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    assert around.last and around.last.activations["1"]["dead_units"] == pytest.approx(0.5)


class Chain(nn.Sequential):
    """A class of the user's: `compile` of one of PyTorch's own containers and layers does nothing in PyTorch 2.6."""

    def forward(self, x: Tensor) -> Tensor:
        for layer in self:
            x = layer(x)
        return x


@pytest.mark.parametrize("how", ["before", "after", "in place", "a part"])
def test_a_compiled_model_is_compiled_as_if_unwatched(how: str, tmp_path: Path) -> None:
    graphs: list[list[str]] = []

    def backend(graph: torch.fx.GraphModule, example: list[Tensor]) -> Callable[..., Any]:
        graphs.append([str(node.target) for node in graph.graph.nodes if node.op.startswith("call")])
        return graph.forward

    def run(watched: bool) -> tuple[list[list[str]], Any]:
        torch._dynamo.reset()
        graphs.clear()
        torch.manual_seed(0)
        model = trained = Chain(nn.Linear(6, 5), Chain(nn.ReLU()), nn.Linear(5, 3))
        if how == "before":
            trained = torch.compile(model, backend=backend)
        if how == "in place":
            model.compile(backend=backend)
        if how == "a part":
            model[1].compile(backend=backend)
        around = watch(trained, tmp_path / f"{how}_{watched}", when=lambda step: watched and step % 2 == 0)
        if how == "after":
            trained = torch.compile(model, backend=backend)
        for step in range(4):
            with around(step):
                train(trained)
        return list(graphs), around.last

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        (expected, nothing), (found, seen) = run(False), run(True)
    assert nothing is None and seen.gradient_norm and len(expected) == 1
    # A hook that is there while PyTorch compiles costs one compilation more, of the same graph.
    assert found == expected * (2 if how == "after" else 1)
    assert list(seen.activations) == (["0", "2"] if how == "a part" else [])


# What cannot be measured is named, and training goes on


class Opaque(Tensor):
    """A kind of tensor that nothing can be computed with."""

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function.__name__ in ("clone", "to", "norm", "dot", "reshape", "double"):
            raise NotImplementedError(f"{function.__name__} of an opaque tensor")
        return super().__torch_function__(function, types, args, kwargs or {})


@pytest.mark.parametrize("detail", ["scalars", "pictures"])
def test_a_frozen_weight_that_cannot_be_measured_does_not_stop_the_training(tmp_path: Path, detail: Any) -> None:
    model = small()
    model[0].weight = nn.Parameter(model[0].weight.detach().as_subclass(Opaque), requires_grad=False)
    around, entered = watch(model, tmp_path / "run", when=every(1), detail=detail), 0
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for step in range(2):
            with around(step):
                entered += 1
    assert entered == 2
    assert any("training goes on" in str(one.message) for one in told)


def test_an_output_for_which_there_is_no_memory_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(x: Tensor, unit_dim: int) -> Any:
        raise torch.OutOfMemoryError("no memory left")

    monkeypatch.setattr(outputs.kernels, "output_statistics", no_memory)
    model = small()
    around = watch(model, tmp_path / "run", when=every(1), layers="0")
    named = r"'0' could not be measured, training goes on: OutOfMemoryError: no memory left"
    with pytest.warns(UserWarning, match=named), around(0):
        train(model)
    with around(1):  # a second warning would be an error
        train(model)


def test_packed_integers_have_no_norm(tmp_path: Path) -> None:
    model = small()
    model.packed = nn.Parameter(torch.ones(4, dtype=torch.int8), requires_grad=False)
    around = watch(model, tmp_path / "run")
    with around(0):
        train(model)
    assert around.last and "packed" not in around.last.parameters and around.last.gradient_norm


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda around: pickle.loads(pickle.dumps(around))])
def test_a_copy_of_a_watch_keeps_what_was_seen_and_watches_nothing(tmp_path: Path, copied: Any) -> None:
    model = small()
    around = watch(model, tmp_path / "run", when=every(1))
    with around(0):
        train(model)
    twin = copied(around)
    assert repr(twin.last) == repr(around.last) and twin.findings() == around.findings()
    with twin(1):
        assert not any(module._forward_hooks for module in model.modules())
