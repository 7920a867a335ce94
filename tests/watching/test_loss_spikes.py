"""A spike is more than 6 standard deviations above the latest 128 losses."""

import math
from statistics import fmean, stdev

import pytest

from torchdemos.watching.loss_spikes import LossSpikes

WAVE = [2 + math.sin(step) for step in range(200)]


def after(losses: list[float], loss: float) -> bool:
    spikes = LossSpikes()
    assert not any(map(spikes.add, losses))
    return spikes.add(loss)


@pytest.mark.parametrize(("deviations", "expected"), [(5.99, False), (6.01, True), (-50, False)])
def test_six_standard_deviations_above_the_latest_128_are_a_spike(deviations: float, expected: bool) -> None:
    latest = WAVE[-128:]
    assert after(WAVE, fmean(latest) + deviations * stdev(latest)) == expected


@pytest.mark.parametrize(("known", "expected"), [(63, False), (64, True)])
def test_there_is_none_before_64_losses(known: int, expected: bool) -> None:
    assert after(WAVE[:known], 100.0) == expected


def test_rounding_of_losses_that_are_all_alike_is_none() -> None:
    assert not after([0.3] * 100, 0.3 + 1e-8)
    assert after([0.3] * 100, 0.4)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_what_is_not_finite_is_none_and_hides_none(loss: float) -> None:
    assert not after(WAVE, loss)
    assert after([*WAVE, loss], 100.0)


def test_a_loss_that_stays_high_is_a_spike_at_first_only() -> None:
    spikes = LossSpikes()
    high = [spikes.add(loss) for loss in [*WAVE, *(loss + 20 for loss in WAVE)]][len(WAVE) :]
    assert high[0] and not any(high[5:])
