"""The dial spans what a training may want, and no more."""

import pytest
from small import small
from torch.optim import SGD, lr_scheduler

from torchdemos.steering.dial import Dial


@pytest.mark.parametrize(("rate", "low", "high"), [(0.1, 1e-4, 10), (0.05, 1e-5, 10), (1e-3, 1e-6, 0.1)])
def test_it_spans_some_decades_around_what_is_planned(rate: float, low: float, high: float) -> None:
    dial = Dial([SGD(small().parameters(), lr=rate)])
    assert (dial.low, dial.high) == pytest.approx((low, high))


def test_a_warm_up_is_planned_by_its_peak() -> None:
    optimizer = SGD(small().parameters(), lr=1.0)
    lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=9, div_factor=1e6)
    assert Dial([optimizer]).high == pytest.approx(10)


def test_an_optimizer_whose_rate_is_zero_for_good_has_no_dial() -> None:
    assert not Dial([SGD(small().parameters(), lr=0.0)]).exists
