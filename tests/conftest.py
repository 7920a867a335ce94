"""Every test runs offline, on one thread, with the embedded digits."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes with two threads each on two cores can be a hundred times slower than one thread."""
    torch.set_num_threads(1)
    monkeypatch.delenv("TORCHDEMOS_DATA", raising=False)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
