"""The gradients of parameters are those that the optimizer's step took, however the loop is written."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from reading import Log
from small import digits, small
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from torchdemos import every, watch
from torchdemos.watching.look import Look
from torchdemos.watching.steps import Watch

SGD = torch.optim.SGD


@pytest.fixture
def model() -> nn.Sequential:
    return small()


def loss(model: nn.Module, number: int = 0) -> Tensor:
    """Of a batch that differs from number to number."""
    x, y = digits()
    return cross_entropy(model(x + number), y)


def norm(model: nn.Module) -> float:
    return math.sqrt(sum(p.grad.double().square().sum().item() for p in model.parameters() if p.grad is not None))


def true_norm(model: nn.Module, *numbers: int) -> float:
    """Of the gradient of the mean loss of these batches, without a trace on the model."""
    mean = torch.stack([loss(model, number) for number in numbers]).mean()
    found = torch.autograd.grad(mean, [p for p in model.parameters() if p.requires_grad], allow_unused=True)
    return math.sqrt(sum(g.double().square().sum().item() for g in found if g is not None))


def last(around: Watch) -> Look:
    assert around.last is not None
    return around.last


def watched(model: nn.Module, folder: Path, **options: Any) -> Watch:
    return watch(model, folder / "run", when=every(1), **options)


def test_with_a_block_around_each_micro_batch_the_step_shows_the_whole_groups_gradient(
    model: nn.Sequential, tmp_path: Path
) -> None:
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    for group in range(2):
        numbers = range(3 * group, 3 * group + 3)
        expected = true_norm(model, *numbers)
        for number in numbers:
            with around(number):
                (loss(model, number) / 3).backward()
                if number % 3 == 2:
                    optimizer.step()
                    optimizer.zero_grad()
            if number % 3 < 2:
                assert last(around).gradient_norm is None
                assert last(around).added_gradient_norm == pytest.approx(true_norm(model, number) / 3, rel=1e-5)
        assert last(around).gradient_norm == pytest.approx(expected, rel=1e-5)
        assert last(around).added_gradient_norm is None


@pytest.mark.parametrize("set_to_none", [True, False])
def test_what_is_left_from_earlier_is_not_this_blocks(model: nn.Sequential, tmp_path: Path, set_to_none: bool) -> None:
    loss(model, 1).backward()
    around = watched(model, tmp_path)
    with around(0):
        loss(model, 2)  # no backward
    assert last(around).gradient_norm is None and last(around).added_gradient_norm is None
    with around(1):
        loss(model, 2).backward()
    assert last(around).added_gradient_norm == pytest.approx(true_norm(model, 2), rel=1e-5)
    with around(2):
        model.zero_grad(set_to_none=set_to_none)
        loss(model, 3).backward()
    assert last(around).added_gradient_norm == pytest.approx(true_norm(model, 3), rel=1e-5)


def test_a_parameter_that_no_optimizer_moves_has_no_gradient_that_a_step_took(
    model: nn.Sequential, tmp_path: Path
) -> None:
    optimizer, around = SGD(model[2].parameters(), lr=0.1), watched(model, tmp_path)
    for step in range(2):  # nobody clears those of the first layer
        with around(step):
            optimizer.zero_grad()
            loss(model, step).backward()
            expected = norm(model[2])
            optimizer.step()
    assert last(around).gradient_norm == pytest.approx(expected, rel=1e-5)
    assert [name for name, found in last(around).parameters.items() if "grad_norm" in found] == ["2.weight", "2.bias"]


def test_what_another_loss_adds_after_the_step_does_not_count(model: nn.Sequential, tmp_path: Path) -> None:
    """An actor's loss runs through the critic after the critic's own step."""
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    with around(0):
        optimizer.zero_grad()
        loss(model).backward()
        expected = norm(model)
        optimizer.step()
        loss(model, 5).backward()
    assert last(around).gradient_norm == pytest.approx(expected, rel=1e-6) and norm(model) != expected


def test_two_optimizers_count_together(model: nn.Sequential, tmp_path: Path) -> None:
    first, second = SGD(model[0].parameters(), lr=0.1), torch.optim.AdamW(model[2].parameters(), lr=0.1)
    around = watched(model, tmp_path)
    with around(0):
        loss(model).backward()
        expected = norm(model)
        first.step()
        second.step()
    assert last(around).gradient_norm == pytest.approx(expected, rel=1e-6)
    assert all({"grad_norm", "update_ratio"} <= found.keys() for found in last(around).parameters.values())


def test_clipping_shows_before_and_after_and_how_often_it_bound(model: nn.Sequential, tmp_path: Path) -> None:
    optimizer, around = SGD(model.parameters(), lr=0.0), watched(model, tmp_path)
    for step, limit in enumerate([0.1, 0.1, 1e6, 0.1]):
        with around(step):
            optimizer.zero_grad()
            loss(model).backward()
            before = clip_grad_norm_(model.parameters(), limit).item()
            optimizer.step()
        assert last(around).gradient_norm == pytest.approx(min(limit, before), rel=1e-4)
        if step:  # from the second look on it is known that this loop clips
            assert last(around).unclipped_gradient_norm == pytest.approx(before, rel=1e-5)


def test_a_step_with_a_closure_took_the_gradient_of_its_last_evaluation(model: nn.Sequential, tmp_path: Path) -> None:
    optimizer, around = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3), watched(model, tmp_path)

    def closure() -> Tensor:
        optimizer.zero_grad()
        found = loss(model)
        found.backward()
        return found

    before = [p.detach().clone() for p in model.parameters()]
    with around(0):
        optimizer.step(closure)
    assert last(around).gradient_norm == pytest.approx(norm(model), rel=1e-6)
    ratio = (model[0].weight - before[0]).norm().item() / before[0].norm().item()
    assert last(around).parameters["0.weight"]["update_ratio"] == pytest.approx(ratio, rel=1e-4)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("told", [False, True])
def test_the_scale_of_mixed_precision_is_not_in_what_the_step_took(
    model: nn.Sequential, tmp_path: Path, fused: bool, told: bool
) -> None:
    optimizer, scaler = SGD(model.parameters(), lr=0.1, fused=fused), torch.amp.GradScaler("cpu", init_scale=1024.0)
    around = watched(model, tmp_path, scaler=scaler if told else None)
    for step in range(3):
        expected = true_norm(model, step)
        with around(step):
            optimizer.zero_grad()
            scaler.scale(loss(model, step)).backward()
            scaler.step(optimizer)
            scaler.update()
        assert last(around).gradient_norm == pytest.approx(expected, rel=1e-5)


def test_a_step_inside_the_backward_pass_is_seen(model: nn.Sequential, tmp_path: Path) -> None:
    """One optimizer for each parameter, which steps as soon as the gradient is there and drops it."""
    optimizers = {p: SGD([p], lr=0.1) for p in model.parameters()}

    def step_at_once(parameter: Tensor) -> None:
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    handles = [p.register_post_accumulate_grad_hook(step_at_once) for p in model.parameters()]
    around, expected = watched(model, tmp_path), true_norm(model, 0)
    with around(0):
        loss(model).backward()
    assert last(around).gradient_norm == pytest.approx(expected, rel=1e-5)
    assert all("update_ratio" in found for found in last(around).parameters.values())
    for handle in handles:
        handle.remove()


def test_what_the_optimizers_own_hook_makes_of_the_gradient_counts(model: nn.Sequential, tmp_path: Path) -> None:
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    optimizer.register_step_pre_hook(lambda *_: clip_grad_norm_(model.parameters(), 0.01) and None)
    with around(0):
        loss(model).backward()
        optimizer.step()
    assert last(around).gradient_norm == pytest.approx(0.01, rel=1e-3)


def test_a_compiled_model_whose_gradients_are_cleared_after_the_step_has_them(tmp_path: Path) -> None:
    torch._dynamo.reset()
    model = small()
    compiled, optimizer = torch.compile(model, backend="eager"), SGD(model.parameters(), lr=0.1)
    around = watched(compiled, tmp_path, layers=())
    for step in range(2):
        expected = true_norm(model, step)
        with around(step):
            loss(compiled, step).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        assert last(around).gradient_norm == pytest.approx(expected, rel=1e-5)


def test_frozen_parameters_take_no_turn_among_the_copies(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(*(nn.Linear(200, 200) for _ in range(10)), nn.Linear(200, 3))
    model[:-1].requires_grad_(False)
    optimizer, around, x = SGD(model[-1].parameters(), lr=0.1), watched(model, tmp_path), torch.randn(4, 200)
    for step in range(3):
        with around(step):
            optimizer.zero_grad()
            model(x).square().sum().backward()
            optimizer.step()
        moved = [name for name, found in last(around).parameters.items() if "update_ratio" in found]
        assert moved == ["10.weight", "10.bias"]


def test_a_step_that_raises_leaves_no_hook(model: nn.Sequential, tmp_path: Path) -> None:
    class Broken(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            raise ArithmeticError("no")

    optimizer, around = Broken(model.parameters(), lr=0.1), watched(model, tmp_path)
    with pytest.raises(ArithmeticError), around(0):
        loss(model).backward()
        optimizer.step()
    from torch.optim import optimizer as module

    assert not module._global_optimizer_pre_hooks and not module._global_optimizer_post_hooks
    assert not optimizer._optimizer_step_pre_hooks and not model[0].weight._backward_hooks


def test_weights_that_something_else_moves_are_said_to_have_no_step(model: nn.Sequential, tmp_path: Path) -> None:
    around = watched(model, tmp_path)

    def train(step: int) -> None:
        with around(step):
            model.zero_grad()
            loss(model).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.sub_(0.1 * parameter.grad)

    train(0)
    train(1)
    with pytest.warns(UserWarning, match=r"no torch.optim optimizer took a step inside the last 3 blocks"):
        train(2)
    assert last(around).gradient_norm is None and last(around).added_gradient_norm


def test_a_sparse_gradient_is_measured_by_its_values(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(1000, 4, sparse=True), nn.Linear(4, 2))
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    with around(0):
        model(torch.tensor([3, 3, 7])).square().sum().backward()
        gradient = model[0].weight.grad
        expected = gradient.to_dense().norm().item()
        optimizer.step()
    assert last(around).parameters["0.weight"]["grad_norm"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("set_to_none", [True, False])
@pytest.mark.parametrize("clears_last", [False, True])
def test_a_step_that_the_scaler_skips_leaves_what_backward_added(
    clears_last: bool, set_to_none: bool, tmp_path: Path
) -> None:
    """The block before had a step or skipped its own too, and the loop clears the gradients first or last."""
    model = small()
    optimizer, scaler = SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu", init_scale=4.0)
    around = watched(model, tmp_path, scaler=scaler)
    for step, broken in enumerate((False, True, True, False, True)):
        expected, of_weight = true_norm(model, 0), torch.autograd.grad(loss(model), model[0].weight)[0].norm().item()
        with around(step):
            if not clears_last:
                optimizer.zero_grad(set_to_none)
            scaler.scale(loss(model)).backward()
            if broken:
                model[2].bias.grad[0] = math.inf
            scaler.step(optimizer)
            scaler.update()
            if clears_last:
                optimizer.zero_grad(set_to_none)
        look = last(around)
        if broken:
            assert look.gradient_norm is None
            assert look.parameters["0.weight"]["added_grad_norm"] == pytest.approx(of_weight, rel=1e-5)
        else:
            assert (look.gradient_norm, look.added_gradient_norm) == (pytest.approx(expected, rel=1e-5), None)


@pytest.mark.parametrize("clears_last", [False, True])
def test_gradients_that_are_cleared_to_zeros_begin_anew(
    clears_last: bool, model: nn.Sequential, tmp_path: Path
) -> None:
    """Two batches a step, each in a block of its own."""
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    for step in range(6):
        expected = true_norm(model, step)
        with around(step):
            if step % 2 == 0 and not clears_last:
                optimizer.zero_grad(set_to_none=False)
            loss(model, step).backward()
            if step % 2:
                optimizer.step()
            if step % 2 and clears_last:
                optimizer.zero_grad(set_to_none=False)
        if step % 2 == 0:
            assert last(around).added_gradient_norm == pytest.approx(expected, rel=1e-5)


def test_what_backward_adds_right_after_a_step_to_gradients_that_nobody_cleared_is_not_guessed(
    model: nn.Sequential, tmp_path: Path
) -> None:
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    with around(0):
        loss(model, 0).backward()
        optimizer.step()
    with around(1):
        loss(model, 1).backward()
    assert last(around).added_gradient_norm is None
    with around(2):
        loss(model, 2).backward()
    assert last(around).added_gradient_norm == pytest.approx(true_norm(model, 2), rel=1e-4)


def test_gradients_that_the_loop_changes_without_a_step_are_not_measured_as_changed(
    model: nn.Sequential, tmp_path: Path
) -> None:
    around = watched(model, tmp_path)
    with around(0):
        loss(model).backward()
        model.zero_grad(set_to_none=False)
    assert last(around).added_gradient_norm is None


# Which parameters


def test_chosen_layers_bring_their_parameters_and_no_others(model: nn.Sequential, tmp_path: Path) -> None:
    expected = torch.autograd.grad(loss(model), model[2].weight)[0].norm().item()
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path, layers="2")
    with around(0):
        loss(model).backward()
        optimizer.step()
    assert list(last(around).parameters) == ["2.weight", "2.bias"]
    assert last(around).parameters["2.weight"]["grad_norm"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("layers", ["1", "0"])
def test_a_step_that_moves_only_other_parameters_is_a_step(layers: str, model: nn.Sequential, tmp_path: Path) -> None:
    """No warning that optimizers take none, although the chosen layer has no parameters or is frozen."""
    model[0].requires_grad_(False)
    optimizer, around = SGD(model[2].parameters(), lr=0.1), watched(model, tmp_path, layers=layers)
    for step in range(4):
        with around(step):
            optimizer.zero_grad()
            loss(model).backward()
            optimizer.step()
    assert last(around).gradient_norm is None and last(around).added_gradient_norm is None


def test_no_layer_leaves_all_parameters(model: nn.Sequential, tmp_path: Path) -> None:
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path, layers=())
    with around(0):
        loss(model).backward()
        optimizer.step()
    assert list(last(around).parameters) == [name for name, _ in model.named_parameters()]
    assert not last(around).activations


def test_parameters_that_train_and_got_no_gradient_are_listed(tmp_path: Path) -> None:
    model = nn.ModuleDict({"used": nn.Linear(6, 3), "unused": nn.Linear(6, 3), "frozen": nn.Linear(6, 3)})
    model["frozen"].requires_grad_(False)
    x, y = digits()
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    for step in range(3):
        with around(step):
            cross_entropy(model["used"](x), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        assert last(around).without_gradient == ["unused.weight", "unused.bias"]
    text = "Parameters that train and got no gradient: unused.weight, unused.bias."
    assert Log(tmp_path / "run").text("without_gradient") == text


@pytest.mark.parametrize("steps", [True, False])
def test_gradients_that_the_loop_clears_in_the_block_are_not_missed(
    steps: bool, model: nn.Sequential, tmp_path: Path
) -> None:
    """Without a step too, as after a gradient scaler that skipped it."""
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    with around(0):
        loss(model).backward()
        if steps:
            optimizer.step()
        optimizer.zero_grad()
    assert last(around).without_gradient == []


def test_a_block_without_backward_lists_nothing(model: nn.Sequential, tmp_path: Path) -> None:
    around = watched(model, tmp_path)
    with around(0):
        model(digits()[0])
    assert last(around).without_gradient == []


# Distributions


def test_histograms_are_those_of_the_parameters_before_the_step_and_of_the_gradients_it_took(
    model: nn.Sequential, tmp_path: Path
) -> None:
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    taken = dict(zip(before, torch.autograd.grad(loss(model), list(model.parameters())), strict=True))
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path, detail="histograms")
    with around(0):
        loss(model).backward()
        optimizer.step()
        optimizer.zero_grad()
    look = last(around)
    for found, values in ((look.parameter_histograms, before), (look.gradient_histograms, taken)):
        assert found.keys() == values.keys()
        for name, (counts, edges) in found.items():
            assert sum(counts) == values[name].numel()
            assert (edges[0], edges[-1]) == pytest.approx((values[name].min().item(), values[name].max().item()))
    log = Log(tmp_path / "run")
    assert {"5_parameter/0.weight", "5_parameter_gradient/0.weight"} <= set(log.tags("histograms"))


def test_scalars_alone_have_no_histograms(model: nn.Sequential, tmp_path: Path) -> None:
    around = watched(model, tmp_path)
    with around(0):
        loss(model).backward()
    assert not last(around).parameter_histograms and not last(around).gradient_histograms


def test_the_scale_of_a_fused_optimizer_is_taken_out_of_the_distribution_too(tmp_path: Path) -> None:
    model = small()
    optimizer, scaler = SGD(model.parameters(), lr=0.1, fused=True), torch.amp.GradScaler("cpu", init_scale=1024.0)
    expected = torch.autograd.grad(loss(model), model[0].weight)[0].max().item()
    around = watched(model, tmp_path, detail="histograms", scaler=scaler)
    with around(0):
        scaler.scale(loss(model)).backward()
        scaler.step(optimizer)
        scaler.update()
    assert last(around).gradient_histograms["0.weight"][1][-1] == pytest.approx(expected, rel=1e-5)


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_compiled_optimizers_step_is_measured(model: nn.Sequential, tmp_path: Path) -> None:
    """PyTorch traces the hooks of an optimizer too, and would compile what they call."""
    torch._dynamo.reset()
    optimizer, around = torch.optim.Adam(model.parameters(), lr=0.01), watched(model, tmp_path)
    step = torch.compile(lambda: optimizer.step())
    for number in range(2):
        expected = true_norm(model, number)
        with around(number):
            optimizer.zero_grad()
            loss(model, number).backward()
            step()
        assert last(around).gradient_norm == pytest.approx(expected, rel=1e-5)
        assert last(around).parameters["0.weight"]["update_ratio"] > 0


def test_what_was_left_over_from_before_the_block_is_told_of_what_the_step_moves(
    model: nn.Sequential, tmp_path: Path
) -> None:
    optimizer, around = SGD(model[-1].parameters(), lr=0.1), watched(model, tmp_path)
    left = [0.0, 0.0, 0.0]
    for step in range(3):
        with around(step):
            if step < 2:
                optimizer.zero_grad()
            left[step] = norm(model[-1])
            loss(model).backward()
            optimizer.step()
        assert last(around).left_over_gradient_norm == (pytest.approx(left[step]) if left[step] else None)


def test_gradients_that_are_cleared_between_two_passes_are_not_left_over(model: nn.Sequential, tmp_path: Path) -> None:
    """As in the block of a GAN, whose generator's gradients are older when the discriminator's pass begins."""
    optimizer, around = SGD(model.parameters(), lr=0.1), watched(model, tmp_path)
    other = nn.Linear(2, 2)
    for step in range(3):
        with around(step):
            other(torch.ones(1, 2)).sum().backward()
            optimizer.zero_grad(set_to_none=False)
            loss(model).backward()
            optimizer.step()
    assert not last(around).left_over_gradient_norm
