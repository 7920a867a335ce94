"""At which steps a look is taken, and at which a picture is drawn."""

from collections.abc import Callable


def every(n: int) -> Callable[[int], bool]:
    """Steps 0, n, 2n, ...: say `when=every(10)`."""
    if n < 1:
        raise ValueError(f"every({n}) is never: give a number of steps of 1 or more")
    return lambda step: step % n == 0


def spaced(steps: int, count: int = 10) -> list[int]:
    """At most `count` steps from 0 to `steps` - 1, dense at first, because most happens early."""
    if steps <= count:
        return list(range(steps))
    ends = [round((steps - 1) ** (i / (count - 1))) for i in range(count)]
    return sorted({0, *ends[1:]})
