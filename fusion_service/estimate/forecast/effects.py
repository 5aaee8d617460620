# SPDX-License-Identifier: Apache-2.0
"""Move a forecast by what people say a measure does: stated, not learnt, and less sure for that.

A zone's number goes over a ramp to (1 + share) of what it would have been, and back when the
measure ends. What has grown until now the forecast has seen in the counts; only what is still to
come moves it. The ends of the interval move out by half of that: a measure may as well do half of
what was said, or half more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.closing import open_widths, spread_factors
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.registry.site import RAMP_MIN, Measure, Site

UNSURE = 0.5
"""The share of an effect by which it may as well be less, or more."""
LEFT_MIN = 0.05
"""Where a measure empties a zone that is not empty yet, so much of the usual counts as there."""
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Effect:
    """What one measure or closure is said to do.

    name: what it is called where it is shown. shares: zones, and the share of people that each
    gains or, below 0, loses. ramp_s: until that is so. from_s, until_s: UTC; None has no end yet.
    widths: zones, and which part of their ways' width is open; none where nothing is closed.
    """

    name: str
    shares: tuple[tuple[str, float], ...]
    ramp_s: int
    from_s: int
    until_s: int | None = None
    widths: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A forecast as effects move it: quantiles (H, Z, 3), and by what factor, (H, Z)."""

    quantiles: Floats
    factors: NDArray[np.float64]


def effect_of(
    site: Site, measure: Measure, name: str, *, from_s: int, until_s: int | None = None
) -> Effect:
    """Return what a measure is said to do, with what follows of the links that it closes.

    Raises ForecastError for a link that is not drawn.
    """
    widths = open_widths(site, measure.closes).items() if measure.closes else ()
    ramp_s = round(measure.ramp_min * MINUTE_S)
    return Effect(name, measure.effect, ramp_s, from_s, until_s, tuple(widths))


def closing_of(
    site: Site, links: Sequence[str], *, from_s: int, until_s: int | None = None
) -> Effect:
    """Return what closing links does by itself. Raises ForecastError as `effect_of`."""
    widths = tuple(open_widths(site, links).items())
    return Effect(", ".join(links), (), round(RAMP_MIN * MINUTE_S), from_s, until_s, widths)


def disturbed(
    quantiles: Floats,
    zones: Sequence[str],
    times_s: Integers,
    effects: Sequence[Effect],
    now_s: int,
) -> Disturbed:
    """Return a forecast of zones, (H, Z, 3), as effects move it; times_s: (H,), UTC.

    now_s: UTC, when what the forecast rests on was counted.
    """
    factors = np.ones((len(times_s), len(zones)))
    now = np.array([now_s], dtype=np.int64)
    for effect in effects:
        full = spread_factors(quantiles[..., 1] * factors, zones, dict(effect.widths))
        full *= np.array([1.0 + dict(effect.shares).get(zone, 0.0) for zone in zones])
        then = 1.0 + (full - 1.0) * _grown(effect, times_s)[:, None]
        already = 1.0 + (full - 1.0) * _grown(effect, now)[:, None]
        factors = factors * then / np.maximum(already, LEFT_MIN)
    unsure = UNSURE * np.abs(factors - 1.0)
    low = quantiles[..., 0] * np.maximum(factors - unsure, 0.0)
    high = quantiles[..., 2] * (factors + unsure)
    moved = np.stack([low, quantiles[..., 1] * factors, high], axis=-1)
    return Disturbed(moved.astype(np.float32), factors)


def _grown(effect: Effect, times_s: Integers) -> NDArray[np.float64]:
    """Return how much of an effect there is at each time, 0 to 1."""
    ramp_s = max(effect.ramp_s, 1)
    grown = np.clip((times_s - effect.from_s) / ramp_s, 0.0, 1.0)
    if effect.until_s is None:
        return grown
    reached = min(max((effect.until_s - effect.from_s) / ramp_s, 0.0), 1.0)
    left = np.clip(reached - (times_s - effect.until_s) / ramp_s, 0.0, 1.0)
    return np.where(times_s > effect.until_s, left, grown)
