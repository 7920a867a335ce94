"""However people train: nothing changes by a bit, and the numbers are those of a plain step."""

import warnings
from pathlib import Path

import pytest
import torch
from ways import COMPILED, LAYERS, WAYS, Outcome, run


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Outcome, Outcome]]:
    """Each way unwatched and watched; the compiled ones where a C++ compiler is."""
    found, folder = {}, tmp_path_factory.mktemp("ways")
    for name, way in WAYS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found[name] = run(way, None), run(way, folder / name)
    return found


@pytest.mark.parametrize("name", WAYS)
def test_training_ends_where_it_ends_unwatched(name: str, outcomes: dict[str, tuple[Outcome, Outcome]]) -> None:
    unwatched, watched = outcomes[name]
    assert [part for part in unwatched.state if watched.state[part] != unwatched.state[part]] == []
    assert len(unwatched.state) > 6


@pytest.mark.parametrize("name", WAYS)
def test_every_layer_is_seen_once_with_its_gradient(name: str, outcomes: dict[str, tuple[Outcome, Outcome]]) -> None:
    last = outcomes[name][1].last
    assert last and last.step == 18 and len(last.activations) == len(last.gradients) == LAYERS and not last.silent


@pytest.mark.parametrize("name", [name for name, way in WAYS.items() if way.as_plain])
def test_the_first_step_has_the_numbers_of_a_plain_one(name: str, outcomes: dict[str, tuple[Outcome, Outcome]]) -> None:
    plain, first = outcomes["plain"][1].first, outcomes[name][1].first
    assert plain and first and list(first.activations) == list(plain.activations)
    for key in plain.activations:
        assert first.activations[key] == pytest.approx(plain.activations[key], rel=1e-5, abs=1e-9)
        assert first.gradients[key] == pytest.approx(plain.gradients[key], rel=1e-5)
    clip = 0.1 if "clip" in name else plain.gradient_norm
    assert first.gradient_norm == pytest.approx(clip, rel=1e-5)


@pytest.mark.parametrize("name", [name for name in WAYS if name != "zero_grad at the end"])
def test_parameter_gradients_are_those_that_the_loop_finds(
    name: str, outcomes: dict[str, tuple[Outcome, Outcome]]
) -> None:
    last = outcomes[name][1].last
    assert last and last.gradient_norm == pytest.approx(outcomes[name][1].gradient_norm, rel=1e-12)


@pytest.mark.zoo
@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_model_ends_where_it_ends_unwatched(name: str, tmp_path: Path) -> None:
    torch._dynamo.reset()
    unwatched = run(COMPILED[name], None)
    torch._dynamo.reset()
    with pytest.warns(UserWarning, match=r"torch\.compile"):
        watched = run(COMPILED[name], tmp_path / "run")
    assert watched.state == unwatched.state
    assert watched.last and not watched.last.activations
    assert watched.last.gradient_norm == pytest.approx(run(WAYS["plain"], None).gradient_norm, rel=1e-3)
