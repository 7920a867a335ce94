"""The floor: what watching must cost because every watched value has to be read from memory once."""

import statistics
import time

import torch
from timing import Contestant, synchronize
from torch import Tensor

from torchdemos import record

SIZE, REPEATS = 1 << 26, 7  # 256 MB: more than any cache holds


def size(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def bytes_to_read(contestant: Contestant) -> int:
    """All outputs of layers, their gradients, all parameters and their gradients, once each."""
    with record(contestant.model, keep=size) as tape:
        for _ in contestant.train(1):
            pass
    parameters = [p for p in contestant.model.parameters() if p.grad is not None]
    flowing: int = sum(tape.outputs.values()) + sum(tape.gradients.values())
    return flowing + sum(size(p) + size(p.grad) for p in parameters if p.grad is not None)


def bandwidth(device: str) -> float:
    """Bytes a second that a large sum reads."""
    numbers, seconds = torch.ones(SIZE, device=device), []
    for _ in range(REPEATS):
        synchronize()
        started = time.perf_counter()
        numbers.sum()
        synchronize()
        seconds.append(time.perf_counter() - started)
    return size(numbers) / statistics.median(seconds)
