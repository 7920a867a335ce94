"""What a model is given and answers is measured at its first call in a block, and the model computes the same bits."""

import copy
import math
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from small import digits, small
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import every, watch
from torchdemos.hooks.removal import removed_at_end
from torchdemos.stats import SUMMARY
from torchdemos.watching.ends import Ends
from torchdemos.watching.outputs import OutputStatistics


@contextmanager
def hooked(seen: Ends, *where: Any) -> Iterator[Ends]:
    with removed_at_end() as hooks:
        seen.hook(hooks, *where)
        yield seen


def numbers(found: OutputStatistics | None) -> dict[str, float]:
    assert found is not None
    return dict(zip(SUMMARY, found.numbers.tolist(), strict=False))


def by_numpy(tensor: Tensor) -> dict[str, float]:
    values = tensor.detach().numpy().astype(np.float64)
    finite = np.isfinite(values).mean()
    return {
        "mean": values.mean(),
        "std": values.std(),
        "abs_max": np.abs(values).max(),
        "zero_fraction": (values == 0).mean(),
        "finite_fraction": finite,
    }


class Gives(nn.Module):
    """A model that answers whatever it is told to."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self._answer = answer

    def forward(self, *given: object) -> object:
        return self._answer


def test_both_ends_are_measured_and_the_gradient_of_the_answer() -> None:
    model, (x, y) = small(), digits()
    with hooked(Ends(), model) as ends:
        answer = model(x)
        loss = cross_entropy(answer, y)
        (gradient,) = torch.autograd.grad(loss, answer, retain_graph=True)
        loss.backward()
    assert numbers(ends.statistics.get("given")) == pytest.approx(by_numpy(x), rel=1e-5)
    assert numbers(ends.statistics.get("answer")) == pytest.approx(by_numpy(answer), rel=1e-5)
    assert ends.statistics.get("answer") is not None and (
        ends.statistics.get("answer").units,
        ends.statistics.get("answer").elements,
    ) == (3, 8 * 3)
    assert ends.gradients.get("answer") is not None
    shared = float(gradient.sum(0).norm())
    expected = [float(gradient.norm()), float(gradient.abs().max()), shared]
    assert ends.gradients.get("answer").tolist() == pytest.approx(expected)


def test_a_look_has_them_as_plain_numbers() -> None:
    model, (x, y) = small(), digits()
    around = watch(model)
    with around(0):
        cross_entropy(model(x), y).backward()
    assert around.last is not None
    assert around.last.given == pytest.approx(by_numpy(x), rel=1e-5)
    assert {"units": 3.0, "rows": 8.0}.items() <= around.last.answer.items()
    assert around.last.answer["grad_norm"] == pytest.approx(around.last.gradients["2"]["norm"])


def test_the_gradient_of_the_answer_is_without_a_scalers_scale() -> None:
    found = []
    for scale in (1.0, 1024.0):
        model, (x, y) = small(), digits()
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        around, optimizer = watch(model, scaler=scaler), torch.optim.SGD(model.parameters(), lr=0.1)
        with around(0):
            scaler.scale(cross_entropy(model(x), y)).backward()
            scaler.step(optimizer)
        assert around.last is not None
        found.append([around.last.answer[name] for name in ("grad_norm", "grad_abs_max")])
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_what_is_given_may_hold_nan() -> None:
    model = small()
    x = digits()[0]
    x[0, 0], x[1, 1] = math.nan, math.inf
    with hooked(Ends(), model) as ends:
        model(x)
    assert numbers(ends.statistics.get("given"))["finite_fraction"] == pytest.approx(1 - 2 / 48)


def test_indices_are_no_activation_and_the_answer_is_measured_all_the_same() -> None:
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(8, 2))
    with hooked(Ends(), model) as ends:
        model(torch.ones(5, 2, dtype=torch.long)).sum().backward()
    assert (
        ends.statistics.get("given") is None
        and ends.statistics.get("answer") is not None
        and ends.gradients.get("answer") is not None
    )
    assert ends.gradients.get("answer").tolist() == pytest.approx([math.sqrt(10), 1, math.sqrt(50)])


@pytest.mark.parametrize(
    "answer",
    [torch.ones(3), torch.ones(3, 2, 4, 4), (torch.ones(3, 2),), {"loss": torch.ones(3, 2)}, None, object()],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_that_is_no_rows_of_units_is_unknown(answer: object) -> None:
    with hooked(Ends(), model := Gives(answer)) as ends:
        model(torch.ones(3, 2))
    assert (
        ends.statistics.get("given") is not None
        and ends.statistics.get("answer") is None
        and ends.gradients.get("answer") is None
    )


@pytest.mark.parametrize("answer", [torch.ones(3, 4), torch.ones(3, 2, 4), {"loss": 1, "logits": torch.ones(3, 2, 4)}])
def test_logits_have_their_units_last(answer: object) -> None:
    with hooked(Ends(), model := Gives(answer)) as ends:
        model(torch.ones(3, 2))
    assert ends.statistics.get("answer") is not None and ends.statistics.get("answer").units == 4


def test_the_answer_of_a_large_vocabulary_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchdemos.watching.ends.MOST", 23)
    with hooked(Ends(), model := Gives(torch.ones(3, 2, 4))) as ends:
        model(torch.ones(3, 2))
    assert ends.statistics.get("answer") is None


@pytest.mark.parametrize("answer", [torch.zeros(0, 3), torch.ones(3, 2, dtype=torch.long)], ids=["empty", "indices"])
def test_an_answer_that_cannot_be_measured_ends_nothing(answer: Tensor) -> None:
    with hooked(Ends(), model := Gives(answer)) as ends:
        model(torch.zeros(0, 2))
    assert ends.statistics.get("given") is None and ends.statistics.get("answer") is None


def test_an_answer_without_a_graph_has_no_gradient() -> None:
    with torch.no_grad(), hooked(Ends(), model := small()) as ends:
        model(digits()[0])
    assert ends.statistics.get("answer") is not None and ends.gradients.get("answer") is None


def test_of_several_calls_the_first_counts() -> None:
    model = nn.Linear(2, 2)
    with hooked(Ends(), model) as ends:
        first = model(torch.ones(3, 2))
        second = model(torch.zeros(5, 2))
        (first.sum() + 7 * second.sum()).backward()
    assert (
        numbers(ends.statistics.get("given"))["mean"] == 1
        and ends.statistics.get("answer") is not None
        and ends.statistics.get("answer").elements == 6
    )
    assert ends.gradients.get("answer") is not None and ends.gradients.get("answer").tolist() == pytest.approx(
        [math.sqrt(6), 1, math.sqrt(18)]
    )


@pytest.mark.parametrize("wrap", [nn.DataParallel, torch.compile], ids=["DataParallel", "compile"])
def test_a_model_that_is_wrapped_is_seen_or_nothing_is(wrap: object) -> None:
    model = small()
    wrapped = wrap(model, backend="eager") if wrap is torch.compile else wrap(model)  # type: ignore[operator]
    with hooked(Ends(), wrapped) as ends:
        wrapped(digits()[0])
    assert not model._forward_hooks
    if wrap is nn.DataParallel:
        assert numbers(ends.statistics.get("given")) == pytest.approx(by_numpy(digits()[0]), rel=1e-5)
    else:
        assert ends.statistics.get("given") is None and ends.statistics.get("answer") is None


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated")
def test_a_scripted_model_and_one_inside_vmap_have_no_ends() -> None:
    scripted = torch.jit.script(nn.Linear(2, 2))
    with hooked(Ends(), scripted) as ends:
        scripted(torch.ones(3, 2))
    assert ends.statistics.get("given") is None
    model = nn.Linear(2, 2)
    with hooked(Ends(), model) as ends:
        torch.vmap(model)(torch.ones(3, 4, 2))
    assert ends.statistics.get("given") is None


def test_nothing_is_left_on_the_model_or_on_its_answer() -> None:
    model = small()
    with hooked(Ends(), model) as ends:
        answer = model(digits()[0])
        assert model._forward_hooks and answer._backward_hooks
    assert not model._forward_hooks and not answer._backward_hooks
    answer.sum().backward()
    assert ends.gradients.get("answer") is None


def test_the_hooks_are_gone_after_an_exception_too() -> None:
    model = small()
    with pytest.raises(ZeroDivisionError), hooked(Ends(), model):
        answer = model(digits()[0])
        raise ZeroDivisionError
    assert not model._forward_hooks and not answer._backward_hooks


def test_a_copy_of_the_model_does_not_write_here() -> None:
    model = small()
    with hooked(Ends(), model) as ends:
        for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            twin(digits()[0]).sum().backward()
    assert ends.statistics.get("given") is None and ends.gradients.get("answer") is None


def weights_after(watched: bool) -> list[Tensor]:
    """The weights after some steps with dropout, each of which is looked at if it is watched."""
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3))
    torch.manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    optimizer, (x, y) = torch.optim.Adam(model.parameters(), lr=0.01), digits()
    around = watch(model, when=every(1) if watched else lambda step: False)
    for step in range(6):
        with around(step):
            optimizer.zero_grad()
            cross_entropy(model(x), y).backward()
            optimizer.step()
    assert (around.last is not None) == watched
    return list(model.parameters())


def test_a_watched_model_ends_with_the_same_bits() -> None:
    assert all(map(torch.equal, weights_after(watched=True), weights_after(watched=False)))


@pytest.mark.parametrize("depth", [0, 2])
def test_a_transformer_in_evaluation_stays_fused(depth: int) -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = (nn.TransformerEncoder(layer, depth) if depth else layer).eval()
    x = torch.randn(3, 5, 8)
    with torch.no_grad():
        before = model(x)
        with pytest.warns(UserWarning), (around := watch(model))(0):
            within = model(x)
    assert torch.equal(before, within) and around.last is not None


@pytest.mark.parametrize(("given", "alike"), [([[3, 3]], 1.0), ([[3, 4]], 0.0), ([[3]], None), ([[True, True]], None)])
def test_of_integers_is_known_whether_all_are_the_same(given: list[list[int]], alike: float | None) -> None:
    model = Gives(torch.zeros(1, 2))
    with hooked(Ends(), model) as ends:
        model(torch.tensor(given))
    assert ends.alike.get("given") == alike and "given" not in ends.statistics


@pytest.mark.parametrize(("further", "alike"), [([0.0, 0.0], 1.0), ([0.0, 0.1], 0.0), ([0.1, 0.0], 0.0)])
def test_an_agent_that_begins_at_zero_is_given_other_numbers_later(further: list[float], alike: float) -> None:
    with hooked(Ends(), model := nn.Linear(2, 2)) as ends:
        for number in (0.0, *further):
            model(torch.full((1, 2), number))
    assert ends.alike["given"] == alike and numbers(ends.statistics["given"])["std"] == 0


def test_tokens_of_several_calls_may_differ() -> None:
    with hooked(Ends(), model := Gives(torch.zeros(1, 2))) as ends:
        for token in (3, 4):
            model(torch.tensor([[token, token]]))
    assert ends.alike["given"] == 0
