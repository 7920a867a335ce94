"""The table of ways of training: every cell is a test of the suite, run when the table is made."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from programs import PROGRAMS  # noqa: E402
from ways import COMPILED, WAYS  # noqa: E402

HEAD = ("way of training", "recorded", "gradients right", "bitwise equal")
RANKS = {"DistributedDataParallel, two processes": "ddp", "fully_shard (FSDP2), two processes": "fsdp"}
FRAMEWORKS = {"Lightning": "Lightning", "Hugging Face Trainer": "Transformers"}
Cell = list[str] | str  # tests that must pass, or why there is nothing to test


def table() -> list[list[str]]:
    """A row for each way: its name, and yes or NO for each of its tests."""
    cells = dict(_cells())
    passed = _run({test for row in cells.values() for cell in row if isinstance(cell, list) for test in cell})
    return [[name, *(_said(cell, passed) for cell in row)] for name, row in cells.items()]


def _said(cell: Cell, passed: set[str]) -> str:
    return cell if isinstance(cell, str) else "yes" if passed.issuperset(cell) else "NO"


def _cells() -> Iterator[tuple[str, tuple[Cell, Cell, Cell]]]:
    for name, way in WAYS.items():
        right = [f"test_the_first_step_has_the_numbers_of_a_plain_one[{name}]"] if way.as_plain else []
        if name != "zero_grad at the end":
            right += [f"test_parameter_gradients_are_those_that_the_loop_finds[{name}]"]
        seen, equal = "test_every_layer_is_seen_once_with_its_gradient", "test_training_ends_where_it_ends_unwatched"
        yield name, ([f"{seen}[{name}]"], right, [f"{equal}[{name}]"])
    for name in COMPILED:
        test = [f"test_a_compiled_model_ends_where_it_ends_unwatched[{name}]"]
        yield name, ("parameters only", test, test)
    for name in PROGRAMS:
        seen = "test_every_call_of_a_layer_is_in_its_one_curve"
        right = (
            "test_gradients_of_outputs_are_those_of_all_calls",
            "test_gradients_of_parameters_are_those_that_were_due",
        )
        equal = "test_training_ends_bit_for_bit_where_it_ends_unwatched"
        yield name, ([f"{seen}[{name}]"], [f"{test}[{name}]" for test in right], [f"{equal}[{name}]"])
    yield "GAN, two models", _zoo("gan")
    for name, way in RANKS.items():
        seen = "test_what_two_ranks_saw_is_what_one_process_sees"
        right = [f"{seen}[{what}-{way}]" for what in ("gradients", "parameters")]
        yield name, ([f"{seen}[activations-{way}]"], right, [f"test_watched_ranks_end_where_unwatched_ones_end[{way}]"])
    equal = "test_watched_ranks_end_where_unwatched_ones_end[fsdp_and_units]"
    right = ["test_parameters_in_shards_of_two_kinds_are_measured_whole"]
    yield "fully_shard with tensor parallelism, two processes", ("parameters only", right, [equal])
    for name, framework in FRAMEWORKS.items():
        right = [f"test_the_numbers_are_those_of_a_plain_loop[{framework}-{count}]" for count in (1, 2)]
        yield name, (right, right, [f"test_training_ends_in_the_same_weights[{framework}-scalars]"])


def _zoo(name: str) -> tuple[Cell, Cell, Cell]:
    ways = [f"{mode} {dtype}" for mode in ("train", "eval") for dtype in ("float32", "bfloat16")]
    equal = [f"test_training_ends_where_it_ends_unwatched[{name}-{way}]" for way in ways]
    return (
        [f"test_every_layer_that_runs_is_recorded[{name}]"],
        [f"test_every_gradient_is_that_of_autograd[{name}]"],
        equal,
    )


@dataclass
class _Outcomes:
    """A plugin of pytest's that notes which tests passed."""

    wanted: set[str]
    passed: set[str] = field(default_factory=set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.name in self.wanted]
        if missing := self.wanted - {item.name for item in items}:
            raise pytest.UsageError(f"no such tests: {', '.join(sorted(missing))}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.passed.add(report.nodeid.split("::", 1)[1])


def _run(tests: set[str]) -> set[str]:
    outcomes = _Outcomes(tests)
    files = (
        "test_ways.py",
        "test_programs.py",
        "watching/test_ranks.py",
        "integrations/test_split_steps.py",
        "zoo/test_zoo.py",
    )
    options = ["-q", "-m", "", "--no-header", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # all is imported
    pytest.main([*options, *(str(TESTS / file) for file in files)], plugins=[outcomes])
    return outcomes.passed
