"""A log tells the rules of the diagnosis the same numbers as the run that wrote it."""

import math
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import Board, History, diagnose, every, watch
from torchdemos.diagnosis.history import Statistics
from torchdemos.log import listing, tags
from torchdemos.view import events, logged_history, profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.looks import Looks
from torchdemos.watching.steps import Watch

TESTS = Path(__file__).parents[1]
BY_NAME, ALONE = ("outputs", "gradients", "parameters"), ("totals", "given", "answer")
AS_THEY_ARE = ("kinds", "rows", "fed_by", "frozen", "without_gradient", "silent")
NOT_WRITTEN = ("long_dead", "equal_units")  # 0 and unknown alike


def history(run: LoggedRun, prefix: str = "") -> History:
    return Looks(run, prefix).history()


def mlp(width: int = 7, kind: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, width), kind(), nn.Linear(width, width), kind(), nn.Linear(width, 3))


def partly_frozen() -> nn.Module:
    """One layer is frozen, one is never called, one gets no gradient, and one has a unit that is always silent."""

    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.frozen, self.spare, self.cut, self.out = nn.Linear(6, 5), nn.Linear(2, 2), nn.Linear(6, 5), mlp()[4]
            self.frozen.requires_grad_(False)
            self.relu, self.into = nn.ReLU(), nn.Linear(5, 7)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.into(self.relu(self.frozen(x) + self.cut(x).detach())))

    torch.manual_seed(0)
    model = Odd()
    nn.init.constant_(model.frozen.bias[2:3], -1e3)
    return model


def train(model: nn.Module, around: Watch, lr: float, steps: int = 12, clip: float = math.inf) -> Watch:
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        x, y = torch.randn(200, 6, generator=generator), torch.randint(0, 3, (200,), generator=generator)
        with around(step):
            optimizer.zero_grad()
            loss = cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            around.loss(loss)
    return around


def assert_alike(live: History, logged: History) -> None:
    """All that a log can tell is what the run knew; layers and parameters may have other characters in their names."""
    assert list(logged.steps) == list(live.steps)
    for group in BY_NAME:
        ours, theirs = getattr(live, group), getattr(logged, group)
        assert list(theirs) == [tags.clean(name) for name in ours]
        for name in ours:
            assert_statistics(ours[name], theirs[tags.clean(name)], f"{group}/{name}")
    for group in ALONE:
        assert_statistics(getattr(live, group), getattr(logged, group), group)
    for fact in AS_THEY_ARE:
        assert getattr(logged, fact) == getattr(live, fact), fact
    assert [step for step, _ in logged.losses] == [step for step, _ in live.losses]
    losses = [[loss for _, loss in found.losses] for found in (live, logged)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-6)


def assert_statistics(live: Statistics, logged: Statistics, what: str) -> None:
    assert live.keys() - set(NOT_WRITTEN) <= logged.keys(), what
    for name in live:
        found = [np.nan_to_num(row[name], posinf=1e300) if name in NOT_WRITTEN else row[name] for row in (live, logged)]
        np.testing.assert_allclose(found[1], found[0], rtol=1e-5, atol=1e-30, err_msg=f"{what}/{name}")


@pytest.mark.parametrize(
    ("build", "lr"),
    [(mlp, 0.1), (lambda: mlp(5, nn.Sigmoid), 0.1), (mlp, 1e6), (mlp, 0.0), (partly_frozen, 0.1)],
    ids=["sound", "sigmoid", "diverges", "no step size", "frozen and unused"],
)
def test_a_log_has_the_numbers_of_the_run(build: Callable[[], nn.Module], lr: float, tmp_path: Path) -> None:
    around = train(model := build(), watch(model, tmp_path / "run", every(1)), lr)
    logged = history(events.read(tmp_path / "run"))
    assert_alike(around.history, logged)
    assert [(f.kind, f.layer, f.step) for f in diagnose(logged)] == [
        (f.kind, f.layer, f.step) for f in around.findings()
    ]


def test_the_examples_are_what_they_are_called(tmp_path: Path) -> None:
    diverged = train(model := mlp(), watch(model), 1e6).history
    assert math.isinf(diverged.parameters["0.weight"]["norm"][-1]) and math.isnan(diverged.losses[-1][1])
    odd = train(model := partly_frozen(), watch(model, when=every(1)), 0.1).history
    assert odd.frozen == ["frozen.weight", "frozen.bias"] and odd.silent == ["spare"]
    assert {"spare.weight", "cut.weight"} <= set(odd.without_gradient) and odd.fed_by["out"] == ["into"]
    assert odd.outputs["relu"]["long_dead"][-1] == pytest.approx(0.2)


def test_gradients_are_told_as_they_were_before_clipping_and_after(tmp_path: Path) -> None:
    around = train(model := mlp(), watch(model, tmp_path / "run", every(1)), 0.1, clip=1e-3)
    logged = history(events.read(tmp_path / "run"))
    assert logged.totals.keys() == {"gradient_norm", "unclipped_gradient_norm"}
    assert_alike(around.history, logged)


def test_blocks_without_a_step_tell_what_backward_added(tmp_path: Path) -> None:
    around = watch(model := mlp(), tmp_path / "run", every(1))
    for step in range(2):
        with around(step):
            model(torch.ones(4, 6)).square().sum().backward()
    logged = history(events.read(tmp_path / "run"))
    assert logged.totals.keys() == {"added_gradient_norm"}
    assert_alike(around.history, logged)


def test_each_model_on_a_board_has_a_history_of_its_own(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        models = {"g": mlp(5), "d": mlp(8)}
        watches = {prefix: watch(model, board, every(1), prefix=prefix) for prefix, model in models.items()}
        for prefix, around in watches.items():
            train(models[prefix], around, 0.1 if prefix == "g" else 1e6)
    run = events.read(tmp_path / "run")
    for prefix, around in watches.items():
        assert_alike(around.history, history(run, prefix))


def test_names_of_several_outputs_and_of_odd_characters_come_back_as_tags_have_them(tmp_path: Path) -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(6, 4)
            self.add_module("head (a)", nn.Linear(4, 3).requires_grad_(False))

        def forward(self, x: Tensor) -> Tensor:
            return self.get_submodule("head (a)")(self.lstm(x)[0])

    around = watch(model := Odd(), tmp_path / "run")
    with around(0):
        model(torch.ones(5, 6)).sum().backward()
    logged = history(events.read(tmp_path / "run"))
    assert list(logged.outputs) == ["lstm.0", "lstm.1.0", "lstm.1.1", "head.a"] == list(logged.kinds)
    assert logged.fed_by == {"lstm.0": [], "lstm.1.0": [], "lstm.1.1": [], "head.a": ["lstm.0"]}
    assert logged.frozen == ["head.a.weight", "head.a.bias"] and set(logged.frozen) <= logged.parameters.keys()


def chain(steps: range, broken: Mapping[str, int]) -> LoggedRun:
    """A run in which some layers have NaN from a step on."""
    run = LoggedRun(texts={listing.KINDS: listing.text({"00_a": "Linear 4 → 4", "01_b": "ReLU"})})
    for layer in ("00_a", "01_b"):
        run.scalars[f"{tags.ACTIVATION_STATISTIC}_mean/{layer}"] = [(step, 0.5) for step in steps]
        run.scalars[f"{tags.ACTIVATION_STD}/{layer}"] = [(step, 1.0) for step in steps]
        run.scalars[f"{tags.GRADIENT_NORM}/{layer}"] = [(step, -1.0) for step in steps]
    for layer, first in broken.items():
        run.scalars[f"{tags.NONFINITE}/{layer}"] = [(step, 0.25) for step in steps if step >= first]
    return run


def test_of_a_long_run_some_hundred_looks_are_read_and_that_where_nan_came_first_among_them() -> None:
    steps = range(0, 50_000, 5)
    looks = Looks(chain(steps, {"00_a": 23_455, "01_b": 23_450}), "")
    found = looks.history()
    assert len(looks.steps) == len(steps) and 256 <= len(found.steps) <= 400
    assert found.steps[:32] == list(steps[:32]) and found.steps[-32:] == list(steps[-32:])
    first = {layer: found.steps[int(np.argmax(own["finite_fraction"] < 1))] for layer, own in found.outputs.items()}
    assert first == {"a": 23_455, "b": 23_450}
    assert [(finding.kind, finding.layer, finding.step) for finding in looks.findings()] == [
        ("not finite", "b", 23_450)
    ]


@pytest.mark.parametrize("count", [1, 32, 64, 65, 319, 320, 5000])
def test_no_more_looks_are_chosen_than_there_are(count: int) -> None:
    steps = list(range(count))
    chosen = logged_history.chosen(steps, [count // 2, -1, count + 7])
    assert chosen == sorted(set(chosen)) and set(chosen) <= set(steps) and {0, count // 2, count - 1} <= set(chosen)
    assert len(chosen) == min(count, len(chosen)) and len(chosen) <= 321 and (count > 320 or chosen == steps)


def test_steps_that_a_restarted_run_logged_again_count_as_it_logged_them_last() -> None:
    run = chain(range(6), {})
    again = f"{tags.ACTIVATION_STATISTIC}_mean/00_a"
    run.scalars[again] = sorted([*run.scalars[again], (3, 7.0), (4, 8.0)], key=lambda point: point[0])
    found = history(run)
    assert found.steps == [0, 1, 2, 3, 4, 5] and found.outputs["a"]["mean"].tolist() == [0.5, 0.5, 0.5, 7.0, 8.0, 0.5]


def test_a_gradient_that_is_missing_in_an_older_log_was_zero_or_is_marked_as_broken() -> None:
    run = chain(range(2), {})
    tag = f"{tags.GRADIENT_NORM}/00_a"
    run.scalars[tag] = run.scalars[tag][:1]
    assert np.isnan(history(run).gradients["a"]["norm"]).tolist() == [False, True]  # nobody asked for it
    older = LoggedRun(run.scalars)
    assert history(older).gradients["a"]["norm"].tolist() == pytest.approx([0.1, 0.0])
    older.scalars[f"{tags.NONFINITE_GRADIENT}/00_a"] = [(1, 1.0)]
    assert history(older).gradients["a"]["norm"].tolist() == pytest.approx([0.1, math.inf])
    assert history(older).gradients["a"]["abs_max"].tolist() == pytest.approx([math.nan, math.inf], nan_ok=True)


def test_norms_are_not_rounded_on_their_way() -> None:
    run = chain(range(2), {})
    run.scalars[f"{tags.GRADIENT_NORM}/00_a"] = [(0, 1.23456789), (1, -40.0)]
    assert history(run).gradients["a"]["norm"].tolist() == pytest.approx([10**1.23456789, 1e-40], rel=1e-9)


def test_a_log_with_nothing_of_ours_has_no_history() -> None:
    foreign = LoggedRun(
        {"train/loss": [(0, 1.0)], "loss": [(0, 9.0)], "lr": [(0, 0.1), (5, math.nan)]}, texts={"a": "b: c."}
    )
    for run in (LoggedRun(), foreign):
        own = history(run)
        assert not any(getattr(own, part) for part in ("steps", "losses", *BY_NAME, *ALONE, *AS_THEY_ARE))
        assert Looks(run, "").findings() == []


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(TESTS / "old_logs.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "old_logs"


def test_old_logs_have_a_history(old: Path) -> None:
    found = {
        (name, prefix): Looks(run, prefix)
        for name, run in events.runs(old).items()
        for prefix in profiles.watched(run.scalars)
    }
    assert len(found) > 5
    for looks in found.values():
        own = looks.history()
        looks.findings()
        assert list(own.steps) == looks.steps and set(own.gradients) <= set(looks.layers)
        assert all(
            len(row) == len(own.steps) for group in BY_NAME for s in getattr(own, group).values() for row in s.values()
        )


def test_a_power_that_no_float_holds_is_very_large_and_not_infinite() -> None:
    tag = f"{tags.GRADIENT_NORM}/00_fc1"
    run = LoggedRun(scalars={tag: [(0, 400.0), (1, -400.0), (2, 1.0)], f"{tags.GRADIENT_SUMMARY}/total": [(0, 400.0)]})
    found = Looks(run, "").history()
    assert found.gradients["fc1"]["norm"].tolist() == [1e300, 1e-300, 10.0]
    assert found.totals["gradient_norm"][0] == 1e300
