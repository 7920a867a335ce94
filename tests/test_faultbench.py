"""Faultbench builds what it says, stores it, and judges it by the book; its rates only its command can tell."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

pytest.importorskip("sklearn", reason="the benchmark of the diagnosis needs scikit-learn")
sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.faultbench import cases, cures, rates, stored, verdict, verified
from benchmarks.faultbench.building import build_data, build_model
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.fault import fault
from benchmarks.faultbench.faults import FAULTS
from benchmarks.faultbench.healthy import healthy
from benchmarks.faultbench.losses import left
from benchmarks.faultbench.published import PUBLISHED
from benchmarks.faultbench.store import Run, load, save
from benchmarks.faultbench.tables import by_half, held_out
from benchmarks.faultbench.training import train
from benchmarks.faultbench.verdict import Verdict
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History

TINY = Config(data="wine", batch=8, width=4, depth=1, steps=20)


def test_there_are_as_many_cases_as_promised() -> None:
    groups = [case.group for case in cases.cases().values()]
    assert groups.count("healthy") >= 150
    assert groups.count("sick-looking") >= 40
    assert groups.count("fault") >= 80


@pytest.mark.parametrize("model", sorted({config.model for config in healthy().values()}))
def test_each_architecture_gives_an_answer(model: str) -> None:
    config = next(config for config in healthy().values() if config.model == model)
    data, _ = build_data(config, 0)
    assert len(build_model(config, data)(data.inputs[:4])) == 4


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_differs_from_its_twin(fault: fault) -> None:
    assert fault.config != fault.clean
    assert fault.kinds


def test_a_run_comes_back_from_its_file(tmp_path: Path) -> None:
    trained = train(TINY, 0)
    path = tmp_path / "run"
    save(Run("a", "healthy", 0, dict(trained.seen), trained.left, 0.6), path)
    run = load(path)
    assert run.seen[""].history.losses == trained.seen[""].history.losses
    assert list(run.seen[""].at(9).steps) == list(range(10))


def test_a_run_with_another_fault_starts_from_the_same_loss() -> None:
    first, second = (train(replace(TINY, lr=lr), 3).seen[""].history.losses for lr in (0.1, 10.0))
    assert first[0] == second[0]
    assert first[-1] != second[-1]


def test_a_changed_configuration_is_another_file(tmp_path: Path) -> None:
    paths = {stored.path_of(tmp_path, cases.Case("a", "healthy", lambda seed: None, 1.0, own.described()), 0)  # type: ignore[arg-type, return-value]
             for own in (TINY, replace(TINY, lr=0.2))}  # fmt: skip
    assert len(paths) == 2


def test_a_constant_answer_leaves_all_of_the_loss() -> None:
    data, _ = build_data(TINY, 0)
    shares = torch.bincount(data.targets) / len(data.targets)
    assert left(shares.log().expand(len(data.targets), -1), data, "", "cross_entropy") == pytest.approx(1, abs=1e-5)
    assert left(torch.full((len(data.targets), 3), math.nan), data, "", "cross_entropy") == 100


@pytest.mark.parametrize(("hits", "runs", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634)])
def test_intervals_are_wilsons(hits: int, runs: int, low: float, high: float) -> None:
    assert rates.wilson(hits, runs) == pytest.approx((low, high), abs=1e-4)


def test_a_fault_counts_only_if_it_is_worse_than_its_twin_with_each_seed() -> None:
    name = f"fault: {FAULTS[0].name}"
    runs = {
        name: [Run(name, "fault", seed, {}, left, 0.6) for seed, left in enumerate((1.0, 0.15))],
        cases.twin_of(FAULTS[0].name): [Run("twin", "clean twin", seed, {}, 0.1, 0.6) for seed in range(2)],
    }
    kept, why = verified.verified(runs)
    assert list(kept) == [cases.twin_of(FAULTS[0].name)]
    assert "no worse than its twin: by 0.050" in why[name]


def test_a_sound_run_that_does_not_learn_is_left_out() -> None:
    kept, why = verified.verified({"mlp": [Run("mlp", "healthy", 0, {}, 0.7, 0.6)]})
    assert not kept
    assert why == {"mlp": "has not learnt: 0.70 of the loss is left"}


def test_the_first_finding_gives_the_name_and_the_layer() -> None:
    dead = Finding("dead units", "error", "act2", 0, "", "", "")
    own = fault("x", TINY, "dead units", "act*", lr=3.0)
    assert verdict.named([dead], own)
    assert verdict.located([dead], own)
    assert not verdict.named([replace(dead, kind="not finite"), dead], own)
    assert verdict.named_anywhere([replace(dead, kind="not finite", consequences=(dead,))], own)


def test_the_advice_that_comes_first_is_followed() -> None:
    assert cures.first_phrase("Lower the learning rate, or use LeakyReLU.") == "lower the learning rate"
    assert cures.followed("lower the learning rate", replace(TINY, lr=1.0), TINY, 2).lr == pytest.approx(0.01)
    assert cures.followed("zero_grad", replace(TINY, zero_grad=False), TINY, 1) == TINY


def test_unseen_configurations_have_a_column_of_their_own() -> None:
    runs = [Run(name, "healthy", 0, {}, 0.1, 0.6) for name in ("mlp", "unseen: lion", "unseen: adadelta")]
    header, _, first, *_ = by_half([Verdict(run, "", {0: []}) for run in runs]).splitlines()
    assert header.split(" | ")[1:] == ["all", "open half", "held-out half", "unseen |"]
    assert first.split(" | ")[1].startswith("0 of 1:")
    assert first.split(" | ")[4].startswith("0 of 2:")
    assert held_out("twin: unseen: nesterov, 1")


@pytest.mark.parametrize("tool", sorted(PUBLISHED))
def test_published_rules_take_an_empty_history(tool: str) -> None:
    assert PUBLISHED[tool](History()) == []


@pytest.mark.parametrize(
    ("tool", "ratio", "kinds"),
    [
        ("SageMaker Debugger", 11.0, {"learning rate too large"}),
        ("SageMaker Debugger", 9.0, set()),
        ("DeepDiagnosis", 0.11, {"learning rate too large"}),
        ("DeepDiagnosis", 0.09, set()),
    ],
)
def test_published_rules_have_their_thresholds(tool: str, ratio: float, kinds: set[str]) -> None:
    weight = {"norm": [5.0], "grad_norm": [1.0], "update_ratio": [ratio]}
    history = History(steps=[0], parameters={"fc.weight": weight}, kinds={"fc": "Linear 20 → 64"})
    assert {finding.kind for finding in PUBLISHED[tool](history)} == kinds


@pytest.mark.parametrize(("loss", "told"), [(1.5, False), (1.7, True)])
def test_a_spike_is_six_standard_deviations_above_the_mean(loss: float, told: bool) -> None:
    losses = [*enumerate([0.9, 1.1] * 10), (20, loss)]
    assert bool(PUBLISHED["OLMo's spikes"](History(steps=range(21), losses=losses))) == told
