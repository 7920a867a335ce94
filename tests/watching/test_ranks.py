"""Two processes that train one model are seen as one, and nobody waits for a rank that does not come."""

import math
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
import two_ranks
from patience import OF_PROCESSES
from reading import Log

from torchdemos.log import tags
from torchdemos.watching import ranks
from torchdemos.watching.look import Look
from torchdemos.watching.schedules import every
from torchdemos.watching.watch import watch

pytestmark = [
    pytest.mark.skipif(not torch.distributed.is_available(), reason="PyTorch without torch.distributed"),
    pytest.mark.skipif(torch.__version__ < (2, 7), reason="fully_shard on the CPU needs PyTorch 2.7"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both processes left what they saw."""
    folder = tmp_path_factory.mktemp("ranks")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    paths = os.pathsep.join(filter(None, [str(Path(ranks.__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run(
        [*torchrun, two_ranks.__file__, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=2 * OF_PROCESSES,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> list[dict[str, Any]]:
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in (0, 1)]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Look:
    """The last look at a single process that trains on the whole batches."""
    model = two_ranks.mlp()
    around = watch(model, tmp_path_factory.mktemp("truth") / "run", every(2), detail="pictures")
    two_ranks.train(model, around)
    assert around.last is not None
    return around.last


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
@pytest.mark.parametrize("what", ["activations", "gradients", "parameters"])
def test_what_two_ranks_saw_is_what_one_process_sees(
    way: str, what: str, found: list[dict[str, Any]], truth: Look
) -> None:
    expected, seen = getattr(truth, what), getattr(found[0][way]["look"], what)
    assert list(seen) == list(expected) and len(seen) >= 5
    for key, numbers in expected.items():
        assert seen[key] == pytest.approx(numbers, rel=1e-4, abs=1e-7, nan_ok=True), key


def test_parameters_in_shards_of_two_kinds_are_measured_whole(found: list[dict[str, Any]], truth: Look) -> None:
    for part in found:
        look, said = part["fsdp_and_units"]["look"], part["fsdp_and_units"]["warnings"]
        assert list(look.parameters) == list(truth.parameters)
        for name, numbers in truth.parameters.items():
            assert look.parameters[name] == pytest.approx(numbers, rel=1e-4, abs=1e-7), name
        assert look.gradient_norm == pytest.approx(truth.gradient_norm, rel=1e-4)
        assert not (look.activations or look.gradients or look.answer or look.given or look.silent)
        assert any("'the outputs' could not be measured" in sentence for sentence in said)


def test_a_rank_that_watches_alone_waits_for_nobodys_shards(found: list[dict[str, Any]]) -> None:
    look = found[0]["only_the_first_has_units"]["look"]
    assert look.step == 4 and look.gradient_norm is None
    assert set(look.parameters) <= {"4.weight", "4.bias"}


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_every_rank_knows_the_same(way: str, found: list[dict[str, Any]], truth: Look) -> None:
    first, second = (asdict(part[way]["look"]) for part in found)
    assert repr(first) == repr(second) and first["step"] == truth.step == 4  # a NaN differs from itself
    assert first["gradient_norm"] == pytest.approx(truth.gradient_norm, rel=1e-4)
    assert first["loss"] == pytest.approx(truth.loss, rel=1e-5)
    assert first["given"] == pytest.approx(truth.given, rel=1e-5)
    assert math.isnan(first["answer"].pop("grad_shared"))  # a sum over the ranks' samples that no rank knows
    assert first["answer"] == pytest.approx({name: truth.answer[name] for name in first["answer"]}, rel=1e-4)
    assert found[0][way]["findings"] == found[1][way]["findings"]


@pytest.mark.parametrize("way", list(two_ranks.WAYS))
def test_watched_ranks_end_where_unwatched_ones_end(way: str, found: list[dict[str, Any]]) -> None:
    for part in found:
        assert all(torch.equal(part[way]["weights"][k], v) for k, v in part[way]["unwatched"].items())


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_rank_0_writes_one_event_folder(way: str, folder: Path) -> None:
    assert len(list((folder / "logs" / way).rglob("events*"))) == 1
    assert Log(folder / "logs" / way).steps(f"{tags.GRADIENT_SUMMARY}/total") == [0, 2, 4]


def test_a_rank_that_watches_alone_says_so_and_goes_on(found: list[dict[str, Any]]) -> None:
    first = found[0]["only_the_first"]
    assert len(first["warnings"]) == 1 and "every rank" in first["warnings"][0]
    assert first["look"].step == 4 and found[1]["only_the_first"]["look"] is None


def test_ranks_that_watch_different_steps_end_on_their_own(found: list[dict[str, Any]]) -> None:
    assert [part["each_its_own_steps"]["look"].step for part in found] == [4, 3]
    assert all("every rank" in part["each_its_own_steps"]["warnings"][0] for part in found)


def test_two_models_of_one_class_are_kept_apart(found: list[dict[str, Any]]) -> None:
    for part in found:
        assert [look.activations["0"]["mean"] for look in part["constants"]] == [1, 5]


def test_without_a_group_an_exchange_is_alone() -> None:
    assert ranks.rank() == 0
    assert ranks.Exchange("any").merged(3, 5, sum) == 5
