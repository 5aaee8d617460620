# SPDX-License-Identifier: Apache-2.0
"""What the verbs of forecasts share: options, and a site's panel from the store."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.inputs.panel import Panel

HISTORY_DAYS = 1500
STEP_S = 3600
SiteArgument = Annotated[
    str, typer.Argument(metavar="SITE", help="The site's id.", show_default=False)
]
CountryOption = Annotated[
    str, typer.Option("--country", help="Whose public holidays are special days; ISO 3166.")
]
TimeZoneOption = Annotated[
    str, typer.Option("--time-zone", help="The clock that people follow there.")
]
UntilOption = Annotated[
    datetime | None,
    typer.Option(
        "--until", formats=["%Y-%m-%d"], help="The day after the last.", show_default="today"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]


@dataclass(frozen=True, slots=True)
class SiteHistory:
    """A site's panel of hours, and the name of each series: DEVICE/KIND/NAME."""

    panel: "Panel"
    places: tuple[str, ...]
    models: Path
    """Where the site's forecasters are kept: beside the store."""


def site_history(
    config: Path, site: str, until: datetime | None, time_zone: str, country: str
) -> SiteHistory:
    """Return what the store holds of a site, whole days, from its first with a count on.

    Raises DeviceError where no device has said what it counts at.
    """
    import numpy as np

    from fusion_service.config import load
    from fusion_service.context.build import feeds_of
    from fusion_service.errors import DeviceError
    from fusion_service.estimate.forecast.inputs.holiday_dates import special_days
    from fusion_service.estimate.forecast.inputs.panel import DAY_S
    from fusion_service.estimation.beside.context_columns import columns_of
    from fusion_service.estimation.beside.feed_columns import with_schools
    from fusion_service.estimation.history import Clock, panel_of, places_of
    from fusion_service.store.sqlite.context import ContextFile
    from fusion_service.store.sqlite.reader import Reader

    zone = _zone(time_zone)
    end: date = datetime.now(zone).date() if until is None else until.date()
    found = load(config)
    store, size_mib_max = found.store.path, found.store.size_mib_max
    reader = Reader(store)
    places = places_of(reader, site)
    if not places:
        raise DeviceError(f"{site}: no device of this site has said what it counts at")
    clock = Clock(end - timedelta(days=HISTORY_DAYS), HISTORY_DAYS, STEP_S, zone)
    special = special_days(country, clock.first.year, end.year + 1)
    panel = panel_of(reader, site, places, clock, special)
    known_s = clock.from_s + HISTORY_DAYS * DAY_S
    with ContextFile(store, size_mib_max=size_mib_max) as said:
        columns = columns_of(said, feeds_of(found.context), clock, known_s=known_s)
    panel = replace(panel, columns=with_schools(columns, country, clock))
    known = np.flatnonzero(np.isfinite(panel.counts).any(axis=1))
    begin = int(known[0]) // panel.day * panel.day if len(known) else panel.steps - panel.day
    names = tuple(f"{one.device}/{one.kind}/{one.name}" for one in places)
    return SiteHistory(panel.cut(begin, panel.steps), names, store.parent / "forecasts" / site)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise typer.BadParameter(f"got {name[:80]!r}, wanted one as Europe/Amsterdam") from error
