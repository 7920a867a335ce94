"""A curve is within its bounds however long it goes on."""

from torchdemos.view.live.curves import MOST_POINTS, Curve


def test_a_curve_has_every_point_until_there_are_too_many() -> None:
    curve = Curve("a", "words")
    assert not any(curve.add(step, 1.0) for step in range(MOST_POINTS))
    assert curve.steps == [*range(MOST_POINTS)]
    assert curve.add(MOST_POINTS, 1.0)
    assert curve.steps == [*range(0, MOST_POINTS + 1, 2)]


def test_points_stay_evenly_spaced_and_are_sent_whole_less_and_less_often() -> None:
    curve = Curve("a", "words")
    thinned = [step for step in range(20 * MOST_POINTS) if curve.add(step, float(step))]
    assert thinned == [MOST_POINTS, 2 * MOST_POINTS, 4 * MOST_POINTS, 8 * MOST_POINTS, 16 * MOST_POINTS]
    assert MOST_POINTS / 2 < len(curve.steps) <= MOST_POINTS
    assert {after - before for before, after in zip(curve.steps, curve.steps[1:], strict=False)} == {32}
    assert curve.losses == [float(step) for step in curve.steps]


def test_accuracies_are_rarer_and_thinned_by_themselves() -> None:
    curve = Curve("a", "words")
    for step in range(3 * MOST_POINTS):
        curve.add(step, 1.0)
        if step % 10 == 0:
            curve.add_accuracy(step, 0.5)
    assert [step for step, _ in curve.accuracies] == [*range(0, 3 * MOST_POINTS, 10)]
    for step in range(2 * MOST_POINTS):
        curve.add_accuracy(step, 0.5)
    assert len(curve.accuracies) <= MOST_POINTS


def test_the_points_of_a_page_are_those_that_it_lacks() -> None:
    curve = Curve("a", "words")
    for step in range(3):
        curve.add(step, step / 2)
    curve.add_accuracy(1, 0.25)
    assert curve.points(2, 1) == {"steps": [2], "losses": [1.0], "accuracies": []}
    assert curve.content() == {
        "name": "a",
        "words": "words",
        "steps": [0, 1, 2],
        "losses": [0.0, 0.5, 1.0],
        "accuracies": [(1, 0.25)],
    }
