"""What docs/compatibility.md claims of every model: of a few always, of all with `pytest -m zoo`."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace

import checks
import loops
import passes
import pytest
import small_models
import torch
import torchvision_models
import transformers_models
from passes import Passes
from specimens import Specimen
from torch import nn
from verdict import Verdict

SMALL = [*small_models.SPECIMENS, *transformers_models.SPECIMENS]
LARGE = torchvision_models.SPECIMENS
ALWAYS = {
    *("packed_lstm", "gan", "tied_language_model", "gpt2", "t5"),
    *("mobilenet_v3_small", "resnet18", "shufflenet_v2_x0_5"),
    *("lraspp_mobilenet_v3_large", "ssdlite320_mobilenet_v3_large"),
}


USUAL, *OTHER_WAYS = loops.WAYS


def marked(specimen: Specimen, always: Collection[str] = ALWAYS) -> object:
    marks = [pytest.mark.filterwarnings(f"ignore:{start}") for start in specimen.third_party]
    marks += [] if specimen.name in always else [pytest.mark.zoo]
    return pytest.param(specimen, marks=marks, id=specimen.name)


@pytest.fixture(scope="module", params=map(marked, [*SMALL, *LARGE]))
def specimen(request: pytest.FixtureRequest) -> Specimen:
    if request.param.family == transformers_models.FAMILY:
        pytest.importorskip("transformers", reason="the extra 'dev' is not installed")
    return request.param


@pytest.fixture(scope="module")
def model(specimen: Specimen) -> nn.Module:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return specimen.build()


@pytest.fixture(scope="module")
def seen(specimen: Specimen, model: nn.Module) -> Passes:
    return passes.both_passes(specimen, model)


def holds(verdict: Verdict, unless: int = 0) -> bool:
    return not verdict.faults and verdict.right + unless == verdict.of > 0


def test_every_layer_that_runs_is_recorded(seen: Passes) -> None:
    assert holds(checks.recorded(seen))


def test_every_gradient_is_that_of_autograd(seen: Passes) -> None:
    verdict = checks.gradients(seen)
    assert holds(verdict, unless=verdict.gaps.get(checks.OVERWRITTEN, 0))


def test_nothing_is_left(specimen: Specimen, model: nn.Module) -> None:
    assert holds(checks.nothing_left(specimen, model))


def test_training_ends_where_it_ends_unwatched(specimen: Specimen, model: nn.Module) -> None:
    ends_alike(specimen, model, USUAL)


# Large models would show in these ways what the small ones show, and take several times as long.
@pytest.mark.parametrize(
    "specimen",
    [marked(one, ALWAYS & {small.name for small in SMALL}) for one in [*SMALL, *LARGE]],
    indirect=True,
    scope="module",
)
@pytest.mark.parametrize("way", OTHER_WAYS)
def test_training_in_another_way_ends_where_it_ends_unwatched(specimen: Specimen, model: nn.Module, way: str) -> None:
    ends_alike(specimen, model, way)


def ends_alike(specimen: Specimen, model: nn.Module, way: str) -> None:
    verdict = loops.bitwise(specimen, model, way, steps=20 if specimen in SMALL else 3)
    if not verdict.of:
        pytest.skip(next(iter(verdict.gaps)))
    assert holds(verdict)


def test_memory_does_not_grow(specimen: Specimen, model: nn.Module) -> None:
    assert holds(loops.memory(specimen, model, steps=40 if specimen in SMALL else 4))


# The checks find what is wrong


SUBJECT = next(specimen for specimen in SMALL if specimen.name == "in_place_residual")


@pytest.fixture
def subject() -> nn.Module:
    torch.manual_seed(0)
    return SUBJECT.build()


def test_a_wrong_or_missing_recording_is_found(subject: nn.Module) -> None:
    seen = passes.both_passes(SUBJECT, subject)
    seen.tape.outputs["relu"] = seen.tape.outputs["relu"] + 1e-6
    del seen.tape.outputs["second"]
    assert len(checks.recorded(seen).faults) == 2


def test_a_wrong_or_missing_gradient_is_found(subject: nn.Module) -> None:
    seen = passes.both_passes(SUBJECT, subject)
    found = dict(seen.tape.gradients)
    found["relu"] = 1.00001 * found["relu"]
    del found["second"]
    seen.tape = SimpleNamespace(outputs=seen.tape.outputs, layers=seen.tape.layers, gradients=found)
    assert len(checks.gradients(seen).faults) == 2


def test_a_hook_and_an_output_that_stay_are_found(subject: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def careless(specimen: Specimen, model: nn.Module) -> None:
        model.get_submodule("head").register_forward_hook(lambda module, args, output: kept.append(output))
        list(passes.losses(specimen, model))

    monkeypatch.setattr(checks, "watched_pass", careless)
    assert len(checks.nothing_left(SUBJECT, subject).faults) == 2


def test_a_random_number_drawn_and_a_graph_kept_are_found(subject: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def careless(model: nn.Module, *_: object) -> Callable[[int], AbstractContextManager[None]]:
        model.register_forward_hook(lambda module, args, output: kept.append((torch.rand(1), output)))
        return lambda step: nullcontext()

    monkeypatch.setattr(loops, "watch", careless)
    assert loops.bitwise(SUBJECT, subject, "train float32").faults == ["random states differ"]
    assert len(loops.memory(SUBJECT, subject, steps=8).faults) == 2
