"""Hooks see every call of every layer, tell autograd's own gradients, and leave no trace."""

import copy
import dataclasses
import gc
import io
import pickle
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import linear, relu
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

from torchdemos.hooks import Tape, gradients, record
from torchdemos.hooks.layers import Layers, select


def mlp(inplace: bool = False) -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Linear(4, 5), nn.ReLU(inplace), nn.Linear(5, 6), nn.ReLU(inplace), nn.Linear(6, 2)]
    return nn.Sequential(OrderedDict(zip(["fc1", "relu1", "fc2", "relu2", "out"], layers, strict=True)))


def inputs(*shape: int) -> Tensor:
    return torch.randn(shape or (8, 4), generator=torch.Generator().manual_seed(1))


def loss(output: Tensor) -> Tensor:
    return output.square().sum()


def tape_of(model: nn.Module, x: Tensor, **options: Any) -> Tape:
    with record(model, **options) as tape:
        loss(model(x)).backward()
    return tape


def by_autograd(model: nn.Sequential, x: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Outputs of an `mlp`, and the loss's gradients with respect to them, without a hook."""
    fc1, _, fc2, _, out = model
    z = {"fc1": linear(x, fc1.weight, fc1.bias)}
    z["relu1"] = relu(z["fc1"])
    z["fc2"] = linear(z["relu1"], fc2.weight, fc2.bias)
    z["relu2"] = relu(z["fc2"])
    z["out"] = linear(z["relu2"], out.weight, out.bias)
    return z, dict(zip(z, torch.autograd.grad(loss(z["out"]), list(z.values())), strict=True))


def hooks_on(model: nn.Module) -> int:
    return sum(len(found) for m in model.modules() for name, found in vars(m).items() if name.endswith("_hooks"))


class Module(nn.Module):
    """A module whose forward is a function."""

    def __init__(self, forward: Callable[..., Any], **children: nn.Module) -> None:
        super().__init__()
        self.function = forward
        for name, child in children.items():
            setattr(self, name, child)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(self, *args, **kwargs)


# What the tape says is what happened


@pytest.mark.parametrize("inplace", [False, True])
def test_outputs_and_gradients_are_those_of_autograd_even_if_overwritten_in_place(inplace: bool) -> None:
    model, x = mlp(inplace), inputs()
    tape = tape_of(model, x)
    expected_outputs, expected_gradients = by_autograd(model, x)
    assert_close(tape.outputs, expected_outputs)
    assert_close(tape.gradients, expected_gradients)
    assert list(tape.outputs) == list(tape.gradients) == ["fc1", "relu1", "fc2", "relu2", "out"]
    assert (tape.outputs["fc1"] < 0).any()


def test_what_a_layer_was_given_is_kept_where_it_is_asked_for() -> None:
    x = inputs()
    tape = tape_of(mlp(), x, keep_input=torch.clone)
    assert torch.equal(tape.inputs["fc1"], x) and not tape.inputs["fc1"].requires_grad
    assert torch.equal(tape.inputs["fc2"], tape.outputs["relu1"])
    assert tape_of(mlp(), x).inputs == {}


def test_a_layer_that_is_given_no_tensor_has_no_input() -> None:
    class Constant(nn.Module):
        def forward(self, size: int) -> Tensor:
            return torch.ones(size)

    model = nn.Module()
    model.constant = Constant()
    with record(model, keep_input=torch.clone) as tape:
        model.constant(3)
    assert list(tape.outputs) == ["constant"] and tape.inputs == {}


def test_a_residual_added_in_place_has_its_gradient() -> None:
    def residual(block: Any, x: Tensor) -> Tensor:
        y = block.lin(x)
        y += x
        return y

    model, x = Module(residual, lin=nn.Linear(4, 4)), inputs()
    tape = tape_of(model, x)
    assert_close(tape.gradients["lin"], 2 * (tape.outputs["lin"] + x))


def test_pictures_need_no_gradient_of_their_own() -> None:
    x = inputs()
    assert "fc1" in tape_of(mlp(), x).gradients
    assert not x.requires_grad


def test_keyword_inputs_are_as_good_as_any() -> None:
    model = Module(lambda m, x: m.lin(input=x), lin=nn.Linear(4, 2))
    with record(model) as tape:
        model(x=inputs()).sum().backward()
    assert tape.outputs["lin"].shape == tape.gradients["lin"].shape == (8, 2)


def test_a_slice_leaves_the_rest_of_the_gradient_zero() -> None:
    with record(model := mlp()) as tape:
        model(inputs())[:, :1].sum().backward()
    assert_close(tape.gradients["out"], torch.tensor([1.0, 0.0]).expand(8, 2))


def test_layers_are_in_call_order() -> None:
    model = Module(
        lambda m, x: m.last(m.middle(m.first(x))), last=nn.Linear(3, 1), middle=nn.ReLU(), first=nn.Linear(4, 3)
    )
    tape = tape_of(model, inputs())
    assert list(tape.outputs) == list(tape.gradients) == ["first", "middle", "last"]


def test_each_call_of_a_shared_layer_has_its_own_gradient() -> None:
    shared, x = nn.Linear(4, 4), inputs()
    tape = tape_of(nn.Sequential(shared, nn.ReLU(), shared), x)
    a = shared(x)
    b = a.relu()
    c = shared(b)
    expected = torch.autograd.grad(loss(c), [a, b, c])
    assert_close(tape.outputs, {"0": a, "1": b, "0#2": c})
    assert_close(tape.gradients, dict(zip(["0", "1", "0#2"], expected, strict=True)))


def test_an_earlier_hook_of_the_users_runs_first() -> None:
    model = mlp()
    model.fc1.register_forward_hook(lambda module, args, output: output * 0)
    assert (tape_of(model, inputs()).outputs["fc1"] == 0).all()


def test_a_backward_pass_after_the_block_is_not_recorded() -> None:
    with record(model := mlp()) as tape:
        y = model(inputs())
    y.sum().backward()
    assert tape.outputs and not tape.gradients


# Nested, missing and odd outputs


def test_dicts_and_lists_are_walked() -> None:
    head = Module(lambda m, x: {"logits": 2 * x, "more": [x + 1, None, "text"]})
    model = Module(lambda m, x: m.head(x), head=head)
    with record(model) as tape:
        loss(model(inputs().requires_grad_())["logits"]).backward()
    assert list(tape.outputs) == ["head['logits']", "head['more'][0]"]
    assert_close(tape.gradients, {"head['logits']": 4 * inputs()})


def test_named_tuples_are_walked_by_name() -> None:
    class Pair(NamedTuple):
        mean: Tensor
        scale: Tensor

    model = Module(lambda m, x: m.head(x), head=Module(lambda m, x: Pair(x, x + 1)))
    with record(model) as tape:
        model(inputs())
    assert list(tape.outputs) == ["head.mean", "head.scale"]


def test_an_opaque_output_is_silent() -> None:
    @dataclasses.dataclass
    class Opaque:
        logits: Tensor

    model = Module(lambda m, x: m.head(m.fc(x)).logits, fc=nn.Linear(4, 2), head=Module(lambda m, x: Opaque(x)))
    assert tape_of(model, inputs()).silent == ["head"]


def test_an_lstm_gives_its_sequence_and_both_states() -> None:
    model = Module(lambda m, x: m.rnn(m.rnn(x)[0])[1][1], rnn=nn.LSTM(4, 4))
    places = ["[0]", "[1][0]", "[1][1]"]
    tape = tape_of(model, inputs(3, 2, 4))
    assert list(tape.outputs) == [call + place for call in ("rnn", "rnn#2") for place in places]
    assert {"rnn[0]", "rnn#2[1][1]"} <= tape.gradients.keys()


def test_a_packed_sequence_has_its_gradient() -> None:
    model = Module(lambda m, x: m.rnn(x), rnn=nn.LSTM(4, 3))
    packed = nn.utils.rnn.pack_sequence([inputs(5, 4), inputs(2, 4)])
    with record(model) as tape:
        model(packed)[0].data.sum().backward()
    assert {"rnn[0].data", "rnn[1][0]", "rnn[1][1]"} <= tape.outputs.keys()
    assert_close(tape.gradients["rnn[0].data"], torch.ones(7, 3))


def test_integer_sparse_and_complex_outputs_are_kept_as_they_are() -> None:
    model = Module(lambda m, x: m.odd(x), odd=Module(lambda m, x: (x.long(), x.to_sparse(), torch.complex(x, x))))
    with record(model) as tape:
        model(x := inputs().requires_grad_())[2].abs().square().sum().backward()
    assert tape.outputs["odd[0]"].dtype == torch.int64
    assert tape.outputs["odd[1]"].layout == torch.sparse_coo
    assert_close(tape.gradients["odd[2]"], 2 * torch.complex(x, x).detach())


def test_an_unused_output_of_a_used_operation_has_no_gradient() -> None:
    """Autograd calls its hook with None."""
    model = nn.Sequential(nn.Linear(4, 4), Module(lambda m, x: x.unbind(0)))
    with record(model) as tape:
        model(inputs(2, 4))[0].sum().backward()
    assert list(tape.outputs) == ["0", "1[0]", "1[1]"]
    assert list(tape.gradients) == ["0", "1[0]"]


def test_a_view_overwritten_in_place_has_no_gradient_rather_than_a_wrong_one() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.Flatten(), nn.ReLU(inplace=True))
    tape = tape_of(model, inputs(2, 3, 4))
    true = 2 * tape.outputs["1"].relu()
    old = tuple(map(int, torch.__version__.split(".")[:2])) < (2, 15)  # torch 2.6 drops the view's base as well
    assert list(tape.gradients) in ([["2"], ["0", "2"]] if old else [["0", "2"]])
    assert_close(tape.gradients.get("0", true).flatten(1), true)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_without_a_graph_there_are_outputs_and_no_gradients(mode: Callable[[], Any]) -> None:
    with record(model := mlp().eval()) as tape, mode():
        model(inputs())
    assert len(tape.outputs) == 5 and not tape.gradients


def test_a_frozen_model_still_has_a_saliency() -> None:
    model, x = mlp().requires_grad_(False), inputs()
    assert not record_only(model, x).gradients
    assert_close(tape_of(model, x.requires_grad_()).gradients, by_autograd(model, x)[1])


def record_only(model: nn.Module, x: Tensor) -> Tape:
    with record(model) as tape:
        model(x)
    return tape


def test_a_fused_layer_never_calls_its_child_and_says_so() -> None:
    model = Module(lambda m, x: m.attn(x, x, x)[0], attn=nn.MultiheadAttention(4, 2))
    tape = tape_of(model, inputs(3, 2, 4))
    assert "attn[0]" in tape.outputs and tape.silent == ["attn.out_proj"]


def test_a_transformer_in_eval_does_not_take_its_fast_path_past_the_hooks() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    with torch.no_grad():
        tape = record_only(model, inputs(2, 3, 4))
    assert {"layers.0.linear1", "layers.1.linear2"} <= tape.outputs.keys()


def test_containers_are_not_layers() -> None:
    model = Module(
        lambda m, x: m.blocks[0](x) + m.own,
        blocks=nn.ModuleList([nn.Linear(4, 4)]),
        none=nn.ModuleList(),
        empty=nn.ParameterList(),
    )
    model.own = nn.Parameter(torch.zeros(4))
    tape = tape_of(model, inputs())
    assert list(tape.outputs) == ["blocks.0", "Module"]  # a module with parameters of its own computes something
    assert not tape.silent


def test_a_loss_is_not_a_layer() -> None:
    model = Module(lambda self, x: self.criterion(self.fc(x), x), fc=nn.Linear(4, 4), criterion=nn.MSELoss())
    assert list(tape_of(model, inputs()).outputs) == ["fc"]
    assert list(tape_of(model, inputs(), layers="criterion").outputs) == ["criterion"]


def test_a_layer_that_is_never_called_is_silent() -> None:
    model = Module(lambda m, x: m.a(x), a=nn.Linear(4, 4), b=nn.Linear(4, 4))
    tape = tape_of(model, inputs())
    assert list(tape.outputs) == ["a"] and tape.silent == ["b"]


def test_a_model_that_is_one_layer_goes_by_its_type() -> None:
    assert list(tape_of(nn.Linear(4, 2), inputs()).gradients) == ["Linear"]
    assert list(tape_of(nn.Linear(4, 2), inputs(), layers="Linear").outputs) == ["Linear"]


# What is kept


def test_keep_and_keep_gradient_choose_what_the_tape_stores() -> None:
    model, x = mlp(), inputs()
    outputs, gradients = by_autograd(model, x)
    tape = tape_of(model, x, keep=torch.mean, keep_gradient=torch.norm)
    assert_close(tape.outputs, {key: output.mean() for key, output in outputs.items()})
    assert_close(tape.gradients, {key: gradient.norm() for key, gradient in gradients.items()})
    assert_close(tape_of(model, x, keep=torch.mean).gradients, {k: g.mean() for k, g in gradients.items()})


def test_keep_never_sees_a_graph() -> None:
    seen = []
    with record(model := mlp(), keep=lambda t: seen.append((torch.is_grad_enabled(), t.requires_grad))):
        torch.autograd.grad(loss(model(inputs())), list(model.parameters()), create_graph=True)
    assert seen == [(False, False)] * 10


def test_nothing_on_the_tape_requires_a_gradient() -> None:
    tape = tape_of(mlp(), inputs())
    assert not any(kept.requires_grad for kept in (*tape.outputs.values(), *tape.gradients.values()))


def test_the_model_computes_what_it_computes_unwatched() -> None:
    model, x = mlp(), inputs()
    expected = model(x)
    with record(model, keep=torch.mean):
        assert torch.equal(model(x), expected)


# Nothing is left behind


def test_no_graph_is_kept_alive_even_inside_the_block() -> None:
    model, outputs = mlp(), []
    model.fc2.register_forward_hook(lambda module, args, output: outputs.append(weakref.ref(output)))
    with record(model) as tape:
        for _ in range(5):
            model(inputs())
        gc.collect()
        assert len(tape.outputs) == 25
        assert [output() for output in outputs] == [None] * 5


@pytest.mark.parametrize("where", ["block", "forward", "keep"])
def test_no_hook_survives_an_exception(where: str) -> None:
    def fail(*args: Any) -> None:
        raise ZeroDivisionError

    model = nn.Sequential(nn.Linear(4, 4), Module(fail) if where == "forward" else nn.ReLU())
    with pytest.raises(ZeroDivisionError), record(model, keep=fail if where == "keep" else torch.clone) as tape:
        assert hooks_on(model) > 0
        model(inputs()) if where != "block" else fail()
    assert hooks_on(model) == 0
    assert list(tape.outputs) == (["0"] if where == "forward" else [])


def test_nested_blocks_are_independent() -> None:
    model, x = mlp(), inputs()
    with record(model) as outer:
        with record(model, layers="fc1") as inner:
            loss(model(x)).backward()
        model(x)
    assert list(inner.outputs) == list(inner.gradients) == ["fc1"]
    assert len(outer.outputs) == 10 and len(outer.gradients) == 5
    assert hooks_on(model) == 0


def test_tensors_of_the_users_own_carry_no_hook_afterwards() -> None:
    model = Module(lambda m, x: m.same(x) * m.own(), same=nn.Identity(), own=Module(lambda m: m.weight))
    model.own.weight = nn.Parameter(torch.full((4,), 3.0))
    with record(model) as tape:
        model(x := inputs().requires_grad_()).sum().backward()
        assert x._backward_hooks and model.own.weight._backward_hooks
    assert not x._backward_hooks and not model.own.weight._backward_hooks
    assert_close(tape.gradients, {"same": x.grad, "own": model.own.weight.grad})


def test_the_model_stores_nothing() -> None:
    model = mlp()
    before = [set(model.state_dict()), *(set(vars(m)) for m in model.modules())]
    with record(model):
        loss(model(inputs())).backward()
        assert before == [set(model.state_dict()), *(set(vars(m)) for m in model.modules())]


def test_a_model_saved_inside_the_block_loads_without_a_tape() -> None:
    model, file = mlp(), io.BytesIO()
    with record(model) as tape:
        torch.save(model, file)
        file.seek(0)
        loaded = torch.load(file, weights_only=False)
        assert torch.equal(loaded(inputs()), by_autograd(model, inputs())[0]["out"])
    assert not tape.outputs


def test_a_copy_made_inside_the_block_writes_nowhere() -> None:
    with record(model := mlp()) as tape:
        model(inputs())
        copied = copy.deepcopy(model)
        loss(copied(inputs())).backward()
    assert len(tape.outputs) == 5 and not tape.gradients


# Passes


def test_keys_know_what_they_would_be_in_a_pass_of_their_own() -> None:
    twice = nn.Linear(4, 4)
    model = nn.Sequential(twice, nn.ReLU(), twice)
    with record(model) as tape:
        model(inputs()), model(inputs())
    assert list(tape.outputs) == ["0", "1", "0#2", "0#3", "1#2", "0#4"]
    assert list(tape.in_pass.values()) == ["0", "1", "0#2"] * 2


def test_a_model_that_calls_itself_makes_one_pass() -> None:
    def tree(self: nn.Module, x: Tensor, depth: int = 2) -> Tensor:
        return self.fc(x) if not depth else self(x, depth - 1) + self(x, depth - 1)

    model = Module(tree, fc=nn.Linear(4, 4))
    with record(model) as tape:
        model(inputs())
    assert list(tape.in_pass.values()) == ["fc", "fc#2", "fc#3", "fc#4"]


def test_a_call_in_another_thread_is_somebody_elses() -> None:
    model = mlp()
    with record(model) as tape:
        thread = threading.Thread(target=model, args=(inputs(),))
        thread.start()
        thread.join()
    assert not tape.outputs


def test_an_output_that_contains_itself_is_walked_once() -> None:
    def around_itself(module: nn.Module, x: Tensor) -> list[Any]:
        output: list[Any] = [x]
        output.append(output)
        return [output, output]

    model = Module(around_itself)
    with record(model) as tape:
        model(inputs())
    assert list(tape.outputs) == ["Module[0][0]", "Module[1][0]"]


# Wrapped models


def test_layers_go_by_the_names_of_the_users_own_model() -> None:
    model = mlp()
    with pytest.warns(UserWarning, match="DataParallel"):
        tape = tape_of(nn.DataParallel(model), inputs())
    assert list(tape.outputs) == ["fc1", "relu1", "fc2", "relu2", "out"] == list(select(torch.compile(model)))
    assert list(gradients(nn.DataParallel(model))) == list(gradients(model))


# Choosing layers


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (None, ["fc1", "relu1", "fc2", "relu2", "out"]),
        (["relu2", "fc1"], ["fc1", "relu2"]),
        (("out",), ["out"]),
        ("fc1", ["fc1"]),
        (nn.ReLU, ["relu1", "relu2"]),
        ((nn.ReLU, nn.Sequential), ["relu1", "relu2", "Sequential"]),
        (lambda name, module: name.startswith("fc") and module.out_features == 6, ["fc2"]),
        ("fc*", ["fc1", "fc2"]),
        (["relu?", nn.Linear], ["fc1", "relu1", "fc2", "relu2", "out"]),
        ("Seq*", ["Sequential"]),
        ([], []),
    ],
)
def test_layers_are_chosen_by_name_pattern_type_or_predicate(layers: Layers, expected: list[str]) -> None:
    assert list(tape_of(mlp(), inputs(), layers=layers).outputs) == expected


@pytest.mark.parametrize(("name", "close"), [("fc_1", "fc1"), ("Relu2", "relu2"), ("?", "Sequential, fc1, relu1")])
def test_an_unknown_name_is_told_its_closest(name: str, close: str) -> None:
    with pytest.raises(LookupError, match=f"no layer named .*: .*{close}"), record(mlp(), layers=["out", name]):
        pass


def test_an_unknown_type_is_told_those_there_are() -> None:
    with pytest.raises(LookupError, match=r"no layer of type Conv2d; its types are: Sequential, Linear, ReLU"):
        record(mlp(), layers=nn.Conv2d).__enter__()


# Compiled and checkpointed models


def test_a_model_compiled_inside_the_block_is_one_graph_and_still_seen() -> None:
    model, x = mlp(inplace=True), inputs()
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    with record(model) as tape:
        loss(compiled(x)).backward()
        compiled(2 * x)
    assert_close({k: v for k, v in tape.outputs.items() if "#" not in k}, by_autograd(model, x)[0])
    assert_close({k[:-2]: v for k, v in tape.outputs.items() if "#2" in k}, by_autograd(model, 2 * x)[0])
    assert not tape.gradients and not any(kept.requires_grad for kept in tape.outputs.values())
    compiled(x)
    assert len(tape.outputs) == 10


def test_a_model_compiled_before_the_block_is_silent() -> None:
    model = mlp()
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="eager")
    compiled(inputs())
    tape = tape_of(compiled, inputs())
    assert len(tape.silent) == 5 and not tape.outputs
    assert len(gradients(model)) == 6


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_a_checkpointed_call_is_recorded_once(use_reentrant: bool) -> None:
    model, x = mlp(), inputs().requires_grad_()
    with record(model) as tape:
        final = loss(checkpoint(model, x, use_reentrant=use_reentrant))
        final.backward(retain_graph=True)
    (3 * final).backward()  # too late to be recorded
    expected_outputs, expected_gradients = by_autograd(model, x)
    assert_close(tape.outputs, expected_outputs)
    assert_close(tape.gradients, expected_gradients)


def test_of_several_reentrant_calls_none_is_guessed() -> None:
    model, x = mlp(), inputs().requires_grad_()
    with record(model) as tape:
        once, twice = (checkpoint(model, k * x, use_reentrant=True) for k in (1, 2))
        loss(once + twice).backward()
    assert len(tape.outputs) == 10 and not tape.gradients


def test_accumulated_reentrant_calls_have_their_gradients() -> None:
    model, x = mlp(), inputs().requires_grad_()
    with record(model) as tape:
        for k in (1, 2):
            loss(checkpoint(model, k * x, use_reentrant=True)).backward()
    expected = by_autograd(model, x)[1] | {f"{key}#2": g for key, g in by_autograd(model, 2 * x)[1].items()}
    assert_close(tape.gradients, expected)


def test_a_model_compiled_in_a_block_without_trace_is_the_unwatched_one() -> None:
    graphs: list[list[str]] = []

    def backend(graph: torch.fx.GraphModule, example: list[Tensor]) -> Callable[..., Any]:
        graphs.append([str(node.target) for node in graph.graph.nodes if node.op.startswith("call")])
        return graph.forward

    for watched in (False, True):
        torch._dynamo.reset()
        model = mlp()
        with record(model, [] if not watched else None, compiled=False) as tape:
            torch.compile(model, backend=backend)(inputs())
    assert graphs[0] == graphs[1] and tape.silent == ["fc1", "relu1", "fc2", "relu2", "out"]


@pytest.mark.parametrize("saved", [torch.ops.aten.clone.default, torch.ops.aten.mul.Tensor])
def test_selective_checkpointing_stores_none_of_our_operations(saved: Any) -> None:
    """It keeps what chosen operations gave by their order, so one of ours in between would shift them all."""
    policy = CheckpointPolicy

    def choose(context: Any, operation: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
        return policy.MUST_SAVE if operation is saved else policy.PREFER_RECOMPUTE

    first, second = nn.Linear(4, 4), nn.Linear(4, 2)

    def body(module: nn.Module, x: Tensor) -> Tensor:
        hidden = torch.sigmoid(module.first(x)).clone()
        return module.second(hidden * hidden)

    def forward(module: nn.Module, x: Tensor) -> Any:
        contexts = partial(create_selective_checkpoint_contexts, choose)
        return checkpoint(body, module, x, use_reentrant=False, context_fn=contexts)

    model = Module(forward, first=first, second=second)
    loss(model(inputs())).backward()
    expected = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    tape = tape_of(model, inputs(), keep=lambda x: x.clone() * 1)
    assert all(torch.equal(p.grad, e) for p, e in zip(model.parameters(), expected, strict=True))
    assert list(tape.gradients) == ["first", "second"]


def test_operations_of_ours_are_not_seen_by_the_users_modes() -> None:
    class Counter(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.count += 1
            return func(*args, **(kwargs or {}))

    counts = []
    for layers in ([], None):
        model = mlp()  # a new one: a second backward pass adds to the gradients of the first, with other operations
        with Counter() as counter, record(model, layers, keep=lambda x: x.double().square().mean()):
            loss(model(inputs())).backward()
        counts.append(counter.count)
    assert counts[0] == counts[1] > 10


@pytest.mark.skipif(torch.__version__ < (2, 7), reason="PyTorch 2.6 exports no model that has a hook, whoever's it is")
def test_an_export_inside_the_block_has_none_of_our_operations() -> None:
    model, graphs = mlp(), []
    for layers in ([], None):
        with record(model, layers) as tape:
            exported = torch.export.export(model, (inputs(),))
        graphs.append([str(node.target) for node in exported.graph.nodes])
    assert graphs[0] == graphs[1] and not tape.outputs


def test_a_batched_backward_pass_is_left_out() -> None:
    model, x = mlp(), inputs()
    with record(model) as tape:
        torch.autograd.functional.jacobian(model, x, vectorize=True)
    assert len(tape.outputs) == 5 and not tape.gradients


# Modules of other kinds


@pytest.mark.filterwarnings("ignore:.torch.jit", "ignore::torch.jit.TracerWarning")
def test_scripted_modules_take_no_hooks_and_are_silent() -> None:
    model = nn.Sequential(nn.Linear(4, 4), torch.jit.script(nn.ReLU()), torch.jit.trace(nn.Tanh(), inputs()), nn.ReLU())
    tape = tape_of(model, inputs())
    assert list(tape.outputs) == list(tape.gradients) and sorted([*tape.outputs, *tape.silent]) == ["0", "1", "2", "3"]
    assert {"0", "3"} <= tape.outputs.keys() and "1" in tape.silent


def test_a_module_with_a_forward_of_its_own_instance_is_a_layer() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Module())
    model[1].forward = torch.tanh
    assert list(tape_of(model, inputs()).outputs) == ["0", "1"]


def test_a_model_with_a_child_of_its_own_name_is_told_from_it() -> None:
    model = Module(lambda self, x: self.Module(x) @ self.w, Module=nn.Linear(4, 4))
    model.w = nn.Parameter(torch.eye(4))
    assert list(tape_of(model, inputs()).outputs) == ["Module", "Module()"]


class Unwalkable(dict[str, Any]):
    def items(self) -> Any:
        raise ZeroDivisionError


@pytest.mark.parametrize("output", [Unwalkable(a=1), {Unwalkable: 1}, [[[]]] * 3], ids=["items", "key", "nested"])
def test_a_container_that_cannot_be_walked_is_silent(output: Any) -> None:
    model = Module(lambda self, x: (self.inner(x), output)[1], inner=nn.Identity())
    model.w = nn.Parameter(torch.ones(()))
    with record(model) as tape:
        assert model(inputs()) is output
    assert list(tape.outputs) == ["inner"] and tape.silent == ["Module"]


@pytest.mark.parametrize("alone", [False, True])
def test_a_view_that_was_overwritten_with_its_siblings_has_no_gradient(alone: bool) -> None:
    def unbound(self: nn.Module, x: Tensor) -> Any:
        hidden = self.inner(x)
        views = hidden.unbind(0)
        hidden.mul_(2)
        return views if alone else (hidden, views)

    model = Module(unbound, inner=nn.Linear(4, 4))
    model.w = nn.Parameter(torch.ones(()))
    with record(model, keep=torch.Tensor.sum) as tape:
        found = model(inputs())
        if not alone:
            found[0].sum().backward()
    assert tape.gradients.keys() >= (set() if alone else {"inner", "Module[0]"})
    assert "Module[0]" in tape.outputs


# Gradients of parameters


def test_gradients_are_read_as_they_stand() -> None:
    model = nn.Linear(4, 1, bias=False)
    for _ in range(4):
        model(torch.ones(1, 4)).sum().backward()
    assert_close(gradients(model), {"weight": torch.full((1, 4), 4.0)})
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    assert_close(gradients(model), {"weight": torch.full((1, 4), 0.5)})


def test_no_gradient_is_not_a_gradient_of_zero() -> None:
    model = Module(
        lambda m, x: m.used(x) + 0 * m.zero(x) + m.frozen(x),
        used=nn.Linear(4, 2),
        zero=nn.Linear(4, 2),
        frozen=nn.Linear(4, 2).requires_grad_(False),
        unused=nn.Linear(4, 2),
    )
    loss(model(inputs())).backward()
    assert list(gradients(model)) == ["used.weight", "used.bias", "zero.weight", "zero.bias"]
    model.zero_grad()
    assert gradients(model) == {}


def test_a_tied_parameter_counts_once_under_its_first_name() -> None:
    model = Module(lambda m, x: m.head(m.emb(x)), emb=nn.Embedding(5, 4), head=nn.Linear(4, 5, bias=False))
    model.head.weight = model.emb.weight
    loss(model(torch.tensor([1, 2]))).backward()
    assert list(gradients(model)) == ["emb.weight"]


def test_a_gradient_with_a_graph_is_given_without_it() -> None:
    model = nn.Linear(4, 1)
    (model.weight.grad,) = torch.autograd.grad(loss(model(inputs())), [model.weight], create_graph=True)
    assert model.weight.grad.requires_grad and not gradients(model)["weight"].requires_grad


def test_a_keep_that_raises_names_the_layer() -> None:
    def refuse(tensor: Tensor) -> Tensor:
        raise ArithmeticError("no")

    model = mlp()
    with pytest.raises(ArithmeticError) as caught, record(model, keep=refuse):
        model(inputs())
    assert caught.value.__notes__ == [
        "torchdemos.record called keep on the output of layer 'fc1': torch.float32, [8, 5]"
    ]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda tape: pickle.loads(pickle.dumps(tape))])
def test_a_copy_of_a_tape_keeps_what_was_recorded(copied: Callable[[Tape], Tape]) -> None:
    tape = tape_of(mlp(), inputs())
    twin = copied(tape)
    assert list(twin.outputs) == list(tape.outputs) and twin.silent == tape.silent
    assert_close(dict(twin.gradients), dict(tape.gradients))


# Names that could be taken for one another


@pytest.mark.parametrize("first", ["fc", "fc#2"])
def test_a_layer_whose_name_looks_like_a_call_keeps_its_own_key(first: str) -> None:
    def forward(model: nn.Module, x: Tensor) -> Tensor:
        order = ["fc", "fc", "fc#2"] if first == "fc" else ["fc#2", "fc", "fc"]
        for name in order:
            x = getattr(model, name)(x)
        return x

    model = Module(forward, **{"fc": nn.Linear(4, 4), "fc#2": nn.Linear(4, 4)})
    tape = tape_of(model, inputs())
    assert tape.layers == {"fc": "fc", "fc#2'": "fc", "fc#2": "fc#2"}
    assert len(tape.outputs) == len(tape.gradients) == 3
