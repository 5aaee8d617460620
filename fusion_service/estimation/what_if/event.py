# SPDX-License-Identifier: Apache-2.0
"""What events of a title brought to a site's zones, as far back as the centre has kept days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from fusion_service.estimate.forecast.expected import Expected, expected_of
from fusion_service.estimate.forecast.inputs.events import Events
from fusion_service.estimate.forecast.inputs.tables import tables_of
from fusion_service.estimation.beside.context_columns import columns_of
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.forecasting.quarters import DAY_S, Quarters
from fusion_service.estimation.forecasting.wall_panel import Locality, clock_of, lay
from fusion_service.registry.site import Site
from fusion_service.store.forecast.kept import ZONE, Forecasts
from fusion_service.store.forecast.steps import HOUR_S

HISTORY_DAYS = 400


@dataclass(frozen=True, slots=True)
class Event:
    """What an event is expected to bring to these zones."""

    zones: tuple[str, ...]
    expected: Expected

    def of_zones(self, zones: Sequence[str]) -> Expected:
        """Return what it is expected to bring to some of them, in an order. Raises ValueError."""
        places = [self.zones.index(zone) for zone in zones]
        return replace(self.expected, log_ratios=self.expected.log_ratios[places])


def event_of(
    site: Site, title: str, kept: Forecasts, told: Told, zones: Sequence[str], origin_s: int
) -> Event:
    """Return what events of a title brought to zones, by what was known at a moment (UTC)."""
    zone = ZoneInfo(site.time_zone)
    today = (origin_s - 1) // DAY_S
    quarters = Quarters([f"{ZONE}{one}" for one in zones], last_day=today, days=HISTORY_DAYS)
    first = today - HISTORY_DAYS + 1
    quarters.restore(kept.days(site.id, from_day=first, to_day=today))
    clock = clock_of(quarters, origin_s, HOUR_S, zone, HISTORY_DAYS)
    columns = columns_of(told.known, told.feeds, clock, known_s=origin_s, from_s=origin_s)
    panel = lay(quarters, origin_s, clock, Locality(zone, {}), columns, whole=True).panel
    calendars = [one for one in panel.columns if isinstance(one, Events)]
    return Event(tuple(zones), expected_of(title, calendars, panel, tables_of(panel).ratio))
