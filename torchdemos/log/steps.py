"""What a log takes as a step."""

from operator import index
from typing import SupportsIndex

LARGEST_STEP = 2**63 - 1  # an event file has 64 bits for it


def step_number(step: SupportsIndex) -> int:
    """A step as an `int`: Python's and NumPy's integers and whole tensors of one element are steps.

    Raises `TypeError` for anything else and `ValueError` for a number that an event file cannot hold; 2**63 - 1 is the
    largest that it can.

    ```python
    assert step_number(numpy.int64(7)) == 7
    ```
    """
    try:
        number = index(step)
    except TypeError:
        what = f"{step!r} ({type(step).__name__})"
        raise TypeError(f"a step is a whole number, such as the loop's counter, and this is {what}") from None
    if not -LARGEST_STEP - 1 <= number <= LARGEST_STEP:
        raise ValueError(f"step {number} does not fit into an event file: the largest is 2**63 - 1")
    return number
