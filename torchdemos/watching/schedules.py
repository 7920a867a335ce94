"""At which steps a look is taken, and at which a picture is drawn."""

from collections.abc import Callable
from functools import partial


def every(n: int) -> Callable[[int], bool]:
    """Pick steps 0, n, 2n, ...: a function of the step, for `watch(..., when=every(10))`.

    `n` is a number of steps, 1 or more: `every(1)` picks all. A number larger than the training has steps picks only
    step 0. Raises `ValueError` for less than 1.

    ```python
    from torchdemos import every, watch

    watch(model, "logs/often", when=every(2))
    print([step for step in range(10) if every(3)(step)])  # [0, 3, 6, 9]
    ```
    """
    if n < 1:
        raise ValueError(f"every({n}) is never: give a number of steps of 1 or more")
    return partial(_is_multiple, n)


def _is_multiple(n: int, step: int) -> bool:
    return step % n == 0


def never(step: int) -> bool:
    """Pick no step."""
    return False


def spaced(steps: int, count: int = 10) -> list[int]:
    """At most `count` steps from 0 to `steps` - 1, dense at first, because most happens early."""
    if steps <= count:
        return list(range(steps))
    ends = [round((steps - 1) ** (i / (count - 1))) for i in range(count)]
    return sorted({0, *ends[1:]})


def next_round(step: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50, ... after `step`."""
    power = 1
    while step >= 5 * power:
        power *= 10
    return next(n * power for n in (1, 2, 5) if n * power > step)
