"""What the optimizer is told."""

import pytest
from histories import classifier, falling, flat, kinds, run, weights


@pytest.mark.parametrize(
    ("first", "second", "found"), [(0.999, 0.9, True), (0.9, 0.999, False), (0.95, 0.95, False), (0.9, 0.66, False)]
)
def test_gradients_are_not_to_outlast_their_squares(first: float, second: float, found: bool) -> None:
    optimizer = {"momentum": [first] * 40, "square_memory": [second] * 40}
    assert kinds(run(falling(), optimizer=optimizer)) == ["betas swapped"] * found


@pytest.mark.parametrize(("rate", "found"), [(0.9e-3, True), (1.1e-3, False)])
def test_a_rate_that_is_over_before_anything_is_learnt_was_meant_for_epochs(rate: float, found: bool) -> None:
    optimizer = {"learning_rate": [0.1] * 10 + [rate] * 30}
    own = weights(norm=1.0, update_ratio=[1e-2] * 10 + [1e-4] * 30)
    history = run(flat(), optimizer=optimizer, answer=classifier(), parameters=own)
    assert ("not trained" in kinds(history)) == found
    assert "not trained" not in kinds(run([2.3] * 10 + [0.5] * 30, optimizer=optimizer, answer=classifier()))


def test_a_rate_that_was_always_too_small_is_called_so() -> None:
    optimizer = {"learning_rate": [1e-6] * 20 + [0.0] * 20}
    own = weights(norm=1.0, update_ratio=[1e-5] * 40)
    history = run(flat(), optimizer=optimizer, answer=classifier(), parameters=own)
    assert kinds(history) == ["learning rate too small"]
