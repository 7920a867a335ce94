"""Whatever a block holds: every number is that of PyTorch, and training ends bit for bit where it ends unwatched."""

import math
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import pytest
import torch
from programs import PROGRAMS
from programs.due import Due, Program
from programs.models import FrozenEncoder
from programs.twin import Twin
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from verdict import digest

from torchdemos.watching.look import Look
from torchdemos.watching.schedules import every
from torchdemos.watching.watch import watch

SAYS = {
    "frozen weights of a tensor subclass": "'0.(weight|unused)' could not be measured",
    "frozen nn.TransformerEncoder in evaluation": "in evaluation PyTorch runs it as one fused kernel",
    "an optimizer outside torch.optim": r"no torch\.optim optimizer took a step",
}


class Block(NamedTuple):
    """What was due in a block, what PyTorch saw in it, and the look at it."""

    due: Due
    outputs: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    look: Look


class Outcome(NamedTuple):
    blocks: list[Block]
    unwatched: list[Any]  # all that training leaves behind, as bits
    watched: list[Any]


@pytest.fixture(scope="module", params=PROGRAMS)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    name = request.param
    if "accelerate" in name:
        pytest.importorskip("accelerate", reason="the extra 'dev' is not installed")
    folder = tmp_path_factory.mktemp("programs")
    with warnings.catch_warnings():
        if name in SAYS:
            warnings.filterwarnings("ignore", message=f".*{SAYS[name]}")
        unwatched, _ = run(PROGRAMS[name], lambda model, **_: lambda step: nullcontext(), lambda _: None)
        _, twins = run(PROGRAMS[name], Twin, lambda twin: (twin.outputs, twin.gradients))
        watched, looks = run(
            PROGRAMS[name], lambda model, **options: watch(model, folder, every(1), **options), lambda w: w.last
        )
    blocks = [Block(due, *twin, look) for (due, twin), (_, look) in zip(twins, looks, strict=True)]
    return Outcome(blocks, unwatched, watched)


def run(program: Program, observe: Any, noted: Callable[[Any], Any]) -> tuple[list[Any], list[tuple[Due, Any]]]:
    """All that a program leaves behind; and what it says after each block, with what is noted there."""
    torch.manual_seed(0)
    seen: list[Any] = []

    def observed(model: nn.Module, **options: Any) -> Any:
        seen.extend((model, observe(model, **options)))
        return seen[1]

    blocks = [(due, noted(seen[1])) for due in program(observed)]
    left = [
        seen[0].state_dict(),
        [p.grad for p in seen[0].parameters()],
        [due for due, _ in blocks],
        torch.get_rng_state(),
    ]
    return [digest(leaf) for leaf in tree_leaves(left) if type(leaf) in (Tensor, nn.Parameter)], blocks


def test_every_call_of_a_layer_is_in_its_one_curve(outcome: Outcome) -> None:
    for _, outputs, _, look in outcome.blocks:
        assert look.activations.keys() == outputs.keys()
        for name, output in outputs.items():
            expected = {"mean": output.mean().item(), "abs_max": output.abs().max().item()}
            assert {key: look.activations[name][key] for key in expected} == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_gradients_of_outputs_are_those_of_all_calls(outcome: Outcome) -> None:
    for _, _, gradients, look in outcome.blocks:
        expected = {name: {"norm": norm(g), "abs_max": g.abs().max().item()} for name, g in gradients.items()}
        assert look.gradients.keys() == expected.keys()
        for name in expected:
            assert look.gradients[name] == pytest.approx(expected[name], rel=1e-4, nan_ok=True)


def test_gradients_of_parameters_are_those_that_were_due(outcome: Outcome) -> None:
    for due, _, _, look in outcome.blocks:
        for gradients, statistic in ((due.taken, "grad_norm"), (due.added, "added_grad_norm")):
            found = {name: numbers[statistic] for name, numbers in look.parameters.items() if statistic in numbers}
            assert found == pytest.approx({name: norm(g) for name, g in gradients.items()}, rel=1e-4, nan_ok=True)
        assert look.gradient_norm == total(due.taken) and look.added_gradient_norm == total(due.added)
        assert {name for name, found in look.parameters.items() if "update_ratio" in found} == due.taken.keys()


def test_training_ends_bit_for_bit_where_it_ends_unwatched(outcome: Outcome) -> None:
    assert len(outcome.unwatched) > 10
    assert outcome.watched == outcome.unwatched


def test_a_hook_in_the_frozen_encoder_would_change_its_bits() -> None:
    torch.manual_seed(0)
    model, x = FrozenEncoder(), torch.randn(8, 5, 16)
    expected = model.encode(x)
    model.encoder.layers[0].linear1.register_forward_hook(lambda *_: None)
    assert not torch.equal(model.encode(x), expected)


def norm(*gradients: Tensor) -> float:
    return math.sqrt(sum(gradient.double().square().sum().item() for gradient in gradients))


def total(gradients: Mapping[str, Tensor]) -> Any:
    return pytest.approx(norm(*gradients.values()), rel=1e-4, nan_ok=True) if gradients else None
