"""What feeds what is read off autograd's graph, in a few blocks, and the model is as it was afterwards."""

import copy
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from small import small, train
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from torchdemos import every, watch
from torchdemos.hooks.removal import removed_at_end
from torchdemos.watching import flow
from torchdemos.watching.flow import Flow


@contextmanager
def hooked(seen: Flow, *where: Any) -> Iterator[Flow]:
    with removed_at_end() as hooks:
        seen.hook(hooks, *where)
        yield seen


class Net(nn.Module):
    """Three layers, and whatever is done with them."""

    def __init__(self, way: Callable[["Net", Tensor], object]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b, self.c = (nn.Linear(4, 4) for _ in range(3))
        self._way = way

    def forward(self, x: Tensor) -> object:
        return self._way(self, x)


def fed_by(model: nn.Module, *calls: object) -> dict[str, list[str]]:
    """What is found in a block in which the model is called with each of these."""
    found = Flow()
    with hooked(found, model, dict(model.named_children())):
        for call in calls or (torch.ones(2, 4),):
            model(call)
    return found.fed_by


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (lambda net, x: net.c(net.b(net.a(x).relu()).relu()), {"a": [], "b": ["a"], "c": ["b"]}),
        (lambda net, x: net.c((h := net.a(x)) + net.b(h).relu()), {"a": [], "b": ["a"], "c": ["a", "b"]}),
        (lambda net, x: (net.b(net.a(x)), net.c(x)), {"a": [], "b": ["a"], "c": []}),
        (lambda net, x: net.c(net.b(net.a(x)).detach()), {"a": [], "b": ["a"], "c": []}),
        (lambda net, x: net.b(net.a(net.a(net.a(x)))), {"a": [], "b": ["a"]}),
        (lambda net, x: net.a(net.b(net.a(x))), {"a": ["b"], "b": ["a"]}),
        (lambda net, x: net.b(net.a(x).view(2, 2, 2).flatten(1).mul_(2)), {"a": [], "b": ["a"]}),
    ],
    ids=["functional ReLU", "residual", "side by side", "detached", "recurrence", "two layers in turn", "in place"],
)
def test_layers_are_fed_through_operations(
    way: Callable[[Net, Tensor], object], expected: dict[str, list[str]]
) -> None:
    found = fed_by(Net(way))
    assert {layer: sorted(feeders) for layer, feeders in found.items()} == expected


def test_actor_and_critic_are_two_ways() -> None:
    actor, critic = (nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)) for _ in range(2))
    both = nn.ModuleDict({"actor": actor, "critic": critic})
    found = Flow()
    with hooked(
        found, both, {name: part for name, part in both.named_modules() if isinstance(part, nn.Linear | nn.Tanh)}
    ):
        (actor(torch.ones(3, 4)).sum() * critic(torch.ones(3, 4)).sum()).backward()
    assert found.fed_by == {"actor.0": [], "actor.2": ["actor.0"], "critic.0": [], "critic.2": ["critic.0"]}


def test_each_output_of_a_layer_that_gives_several_goes_by_the_key_that_a_tape_gives_it() -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.lstm, self.out = nn.Embedding(5, 4), nn.LSTM(4, 3), nn.Linear(3, 2)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.out(self.lstm(self.embed(tokens))[0])

    around = watch(model := Reads())
    with around(0):
        model(torch.ones(6, 2, dtype=torch.long)).sum().backward()
    assert around.last is not None
    states = ("lstm[0]", "lstm[1][0]", "lstm[1][1]")
    assert around.last.fed_by == {"embed": [], **{key: ["embed"] for key in states}, "out": ["lstm[0]"]}
    assert around.last.fed_by.keys() == around.last.activations.keys()


def test_layers_that_are_dropped_at_random_come_in_one_of_the_looks() -> None:
    skipped = iter([{"b"}, set(), {"b", "c"}])

    def way(net: Net, x: Tensor) -> Tensor:
        left_out = next(skipped)
        for name, layer in net.named_children():
            x = x if name in left_out else layer(x)
        return x

    around = watch(model := Net(way), when=every(1))
    optimizer = torch.optim.SGD(model.parameters())
    for step in range(3):
        with around(step):
            model(torch.ones(2, 4)).sum().backward()
            optimizer.step()
    assert around.last is not None and around.last.silent == ["b", "c"]
    assert around.last.fed_by == {"a": [], "c": ["a", "b"], "b": ["a"]}


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_checkpointing_hides_or_repeats_is_not_made_up(reentrant: bool) -> None:
    model = Net(lambda net, x: net.c(checkpoint(lambda x: net.b(net.a(x)), x, use_reentrant=reentrant)))
    found = Flow()
    with hooked(found, model, dict(model.named_children())):
        model(torch.ones(2, 4, requires_grad=True)).sum().backward()
    assert found.fed_by == ({"c": []} if reentrant else {"a": [], "b": ["a"], "c": ["b"]})


def test_without_a_graph_nothing_is_known() -> None:
    with torch.no_grad():
        assert fed_by(Net(lambda net, x: net.b(net.a(x)))) == {}


def test_an_output_that_is_no_tensor_leaves_the_others_known() -> None:
    class Odd(nn.Linear):
        def forward(self, x: Tensor) -> object:
            return object()

    def way(net: Net, x: Tensor) -> Tensor:
        net.b(x)
        return net.c(net.a(x))

    model = Net(way)
    model.b = Odd(4, 4)
    assert fed_by(model) == {"a": [], "c": ["a"]}


def test_nothing_is_left_on_the_model_and_no_graph_is_kept() -> None:
    model, found = small(), Flow()
    with hooked(found, model, dict(model.named_children())):
        train(model)
        assert any(module._forward_hooks for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())
    assert not found._made_by


def test_the_hooks_are_gone_after_an_exception_too() -> None:
    model = small()
    with pytest.raises(ZeroDivisionError), hooked(Flow(), model, dict(model.named_children())):
        raise ZeroDivisionError
    assert not any(module._forward_hooks for module in model.modules())


def test_a_copy_of_the_model_does_not_write_here() -> None:
    model, found = small(), Flow()
    with hooked(found, model, dict(model.named_children())):
        twins = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
        for twin in twins:
            train(twin)
        assert found.fed_by == {}


def test_a_copy_of_what_was_found_looks_no_more() -> None:
    model, found = small(), Flow()
    with hooked(found, model, dict(model.named_children())):
        train(model)
        twin = pickle.loads(pickle.dumps(found))
    with hooked(twin, model, dict(model.named_children())):
        assert not any(module._forward_hooks for module in model.modules())
    assert twin.fed_by == found.fed_by == {"0": [], "2": ["0"]}


def test_only_the_first_blocks_are_walked() -> None:
    model, found = small(), Flow()
    counts = []
    for _ in range(flow.MAX_LOOKS + 1):
        with hooked(found, model, dict(model.named_children())):
            counts.append(any(module._forward_hooks for module in model.modules()))
    assert counts == [True] * flow.MAX_LOOKS + [False]


def test_a_graph_is_walked_no_farther_than_so_many_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    def way(net: Net, x: Tensor) -> Tensor:
        x = net.a(x)
        for _ in range(50):
            x = x + 1
        return net.c(net.b(x))

    assert fed_by(Net(way)) == {"a": [], "b": ["a"], "c": ["b"]}
    monkeypatch.setattr(flow, "MAX_NODES", 40)
    assert fed_by(Net(way)) == {"a": [], "b": [], "c": []}


def test_an_encoder_layer_that_is_switched_to_evaluation_in_the_block_is_fused_again() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True), nn.Linear(8, 3))
    inside = {name: part for name, part in model.named_modules() if isinstance(part, nn.Linear | nn.LayerNorm)}
    x, found = torch.randn(3, 5, 8), Flow()
    with hooked(found, model, inside, {"0": model[0]}):
        model(x).sum().backward()
        with torch.no_grad():
            within = model.eval()(x)
    with torch.no_grad():
        assert torch.equal(within, model(x))
    assert {"0.linear1": ["0.norm1"], "0.linear2": ["0.linear1"], "1": ["0.norm2"]}.items() <= found.fed_by.items()
