"""What a piece of work takes of memory."""

from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile


def most_memory(work: Callable[[], object]) -> int:
    """The most bytes that tensors had beyond those from before, as PyTorch's profiler counts them."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    total = most = 0
    for event in sorted(events, key=lambda event: int(event.start_ns())):
        total += event.nbytes()
        most = max(most, total)
    return most
