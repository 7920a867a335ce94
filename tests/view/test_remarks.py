"""What a reader has to know of the files behind a run."""

from torchdemos.view import remarks
from torchdemos.view.damage import Damage
from torchdemos.view.events import LoggedRun


def test_a_sound_run_has_no_remarks() -> None:
    assert remarks.of({".": LoggedRun(), "0_he": LoggedRun(scalars={"a": [(0, 1.0)]})}) == []


def test_what_is_missing_is_said_of_the_run_that_lacks_it() -> None:
    words = "Not all of this log can be read. 2 damaged records are left out."
    runs = {".": LoggedRun(damage=Damage(records=2)), "0_he": LoggedRun(damage=Damage(records=2))}
    assert remarks.of(runs) == [words, f"0_he: {words}"]


def test_restarts_are_named_by_their_steps() -> None:
    rest = ": what it had logged from there on before is not shown."
    assert remarks.restarts([1000]) == f"The run began again at step 1,000{rest}"
    assert remarks.restarts([1, 2, 3]) == f"The run began again at steps 1, 2 and 3{rest}"
    assert remarks.restarts(range(7)) == f"The run began again at steps 2, 3, 4, 5 and 6, 2 times before that{rest}"
