# SPDX-License-Identifier: Apache-2.0
"""What is known of a site beside its counts: what feeds say, and what was declared or is closed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion_service.estimate.forecast.effects import Effect
from fusion_service.estimate.forecast.inputs.panel import PanelColumn
from fusion_service.estimation.beside.feed_columns import FeedColumns
from fusion_service.estimation.beside.moving import closing_effects, done_effects
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.history import Clock
from fusion_service.registry.site import Site

KnownOf = Callable[[Clock, int], tuple[PanelColumn, ...]]
"""Return what feeds said of a grid's steps, as a moment (unix s) knew it."""


def nothing_known(_clock: Clock, _at_s: int) -> tuple[PanelColumn, ...]:
    """Return that no feed says anything."""
    return ()


def nothing_declared(_site: Site, _at_s: int) -> Sequence[Effect]:
    """Return that nothing moves a forecast."""
    return ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Where it is known from.

    lately: what a forecast reads of feeds. whole: what is learnt from. effects_of: what was done
    and is closed at a moment, and moves the forecast.
    """

    lately: KnownOf = nothing_known
    whole: KnownOf = nothing_known
    effects_of: Callable[[Site, int], Sequence[Effect]] = nothing_declared


NOTHING = Beside()
"""A site of which nobody knows more than its counts."""


def beside_of(told: Told) -> Beside:
    """Return what a centre knows by what it was told."""
    columns = FeedColumns(told.known, told.feeds)

    def effects_of(site: Site, at_s: int) -> Sequence[Effect]:
        done = done_effects(site, told.shift_of(site.id).ticks)
        return (*done, *closing_effects(site, told.known, told.feeds, at_s))

    return Beside(columns.lately, columns.whole, effects_of)
