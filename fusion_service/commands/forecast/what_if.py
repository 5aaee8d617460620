# SPDX-License-Identifier: Apache-2.0
"""What would come if measures were taken, links closed, or something were on. Keeps nothing."""

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, NamedTuple
from zoneinfo import ZoneInfo

import typer

from fusion_service.commands.forecast.history import JsonOption, SiteArgument
from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.config import FusionConfig
    from fusion_service.estimate.forecast.effects import Effect
    from fusion_service.estimate.forecast.expected import Expected
    from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
    from fusion_service.registry.site import Measure, Site
    from fusion_service.store.forecast.kept import Made

SHOWN_H = 24
HISTORY_DAYS = 400


def what_if(
    site: SiteArgument,
    config: ConfigOption,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", help="A measure's id, as /v1/sites/SITE/measures has it."),
    ] = None,
    closes: Annotated[
        list[str] | None, typer.Option("--closes", help="A link that is closed.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", help="Something that is on, by its title.")
    ] = None,
    begins: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%dT%H:%M"],
            help="From when, on the site's clock.",
            show_default="the forecast's origin",
        ),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option("--hours", min=0.25, max=168.0, help="For how long.", show_default="on"),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Say what a site's newest forecast would be, beside what is said now.

    What measures and closed links do is as the site's file states it. What an event brings is what
    those of its title brought before; of one that was never on nobody knows, and it is wide.
    """
    need(Extra.FUSION, Extra.FORECAST)
    found = _load(config, site)
    begins_s = _seconds(begins, found.drawn) or found.made.origin_s
    ends_s = None if hours is None else begins_s + round(hours * 3600)
    effects = _effects(found.drawn, measure or [], closes or [], begins_s, ends_s)
    would = _moved(found, effects)
    expected = None
    if event is not None:
        from fusion_service.estimate.forecast.expected import as_if_on

        expected = _expected(found, event)
        last_s = int(found.times_s[-1]) + 1 if ends_s is None else ends_s
        would = as_if_on(would, found.times_s, expected, begins_s=begins_s, ends_s=last_s)
    if as_json:
        typer.echo(json.dumps(_figures(found, would, expected)))
        return
    if expected is not None:
        times = f"{expected.times} times" if expected.times else "never: nobody knows what it does"
        typer.echo(f"on before: {times}")
    for line in _table(found, would):
        typer.echo(line)


class _Found(NamedTuple):
    """A site's newest forecast of hours: quantiles (H, Z, 3), and the middle of each step."""

    config: "FusionConfig"
    drawn: "Site"
    made: "Made"
    zones: tuple[str, ...]
    quantiles: "Floats"
    times_s: "Integers"


def _load(config: ConfigOption, site: str) -> _Found:
    """Return the newest forecast that a running centre kept. Raises ForecastError, SiteError."""
    import numpy as np

    from fusion_service.config import load
    from fusion_service.errors import ForecastError, SiteError
    from fusion_service.estimation.drawn_sites import DrawnSites
    from fusion_service.store.forecast.kept import ZONE
    from fusion_service.store.forecast.steps import HOUR_S, starts_of, steps_in
    from fusion_service.store.sqlite.forecast.keeper import ForecastFile
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    settings = load(config)
    store = settings.store
    plans = DrawnSites(SqliteSitePlans(store.path, size_mib_max=store.size_mib_max))()
    if site not in plans:
        raise SiteError(f"{site[:40]!r}: there is no such site; fusion-service site list")
    drawn = plans[site][1]
    with ForecastFile(store.path, size_mib_max=store.size_mib_max) as kept:
        made = kept.newest(site, HOUR_S)
        said = [] if made is None else kept.said(made)
    said = [one for one in said if one.place.startswith(ZONE)]
    if made is None or not said:
        raise ForecastError(f"{site}: nothing was forecast of its zones yet; let the centre run")
    numbers = [steps_in(one.said if one.moved is None else one.moved) for one in said]
    table = np.array(numbers, dtype=np.float32).swapaxes(0, 1)
    starts = starts_of(made.origin_s, HOUR_S, len(table), ZoneInfo(drawn.time_zone))
    there = [index for index, one in enumerate(starts) if one is not None]
    times_s = np.array([one + HOUR_S // 2 for one in starts if one is not None], dtype=np.int64)
    zones = tuple(one.place.removeprefix(ZONE) for one in said)
    return _Found(settings, drawn, made, zones, table[there][..., :3], times_s)


def _effects(
    drawn: "Site", measures: list[str], links: list[str], from_s: int, until_s: int | None
) -> "list[Effect]":
    from fusion_service.errors import ForecastError
    from fusion_service.estimate.forecast.effects import closing_of, effect_of
    from fusion_service.shift.measures import measure_id

    by_name: dict[str, Measure] = {measure_id(one): one for one in drawn.measures}
    for name in measures:
        one = by_name.get(name)
        if one is None or not (one.effect or one.closes):
            moving = [key for key, each in by_name.items() if each.effect or each.closes]
            raise ForecastError(
                f"--measure: got {name[:40]!r}, wanted one of which the site's file says effect or "
                f"closes: {', '.join(moving) or 'none does'}"
            )
    found = [
        effect_of(drawn, by_name[name], name, from_s=from_s, until_s=until_s) for name in measures
    ]
    return [*found, closing_of(drawn, links, from_s=from_s, until_s=until_s)] if links else found


def _moved(found: _Found, effects: "list[Effect]") -> "Floats":
    from fusion_service.estimate.forecast.effects import disturbed

    origin_s = found.made.origin_s
    return disturbed(found.quantiles, found.zones, found.times_s, effects, origin_s).quantiles


def _expected(found: _Found, title: str) -> "Expected":
    """Return what events of a title did in the zones, as far back as the centre has kept days."""
    from fusion_service.context.build import feeds_of
    from fusion_service.estimate.forecast.expected import expected_of
    from fusion_service.estimate.forecast.inputs.events import Events
    from fusion_service.estimate.forecast.inputs.tables import tables_of
    from fusion_service.estimation.beside.context_columns import columns_of
    from fusion_service.estimation.forecasting.quarters import DAY_S, Quarters
    from fusion_service.estimation.forecasting.wall_panel import Locality, clock_of, lay
    from fusion_service.store.forecast.kept import ZONE
    from fusion_service.store.forecast.steps import HOUR_S
    from fusion_service.store.sqlite.context import ContextFile
    from fusion_service.store.sqlite.forecast.keeper import ForecastFile

    store, origin_s, clock_zone = found.config.store, found.made.origin_s, found.drawn.time_zone
    today = (origin_s - 1) // DAY_S
    places = [f"{ZONE}{zone}" for zone in found.zones]
    quarters = Quarters(places, last_day=today, days=HISTORY_DAYS)
    with ForecastFile(store.path, size_mib_max=store.size_mib_max) as kept:
        first = today - HISTORY_DAYS + 1
        quarters.restore(kept.days(found.drawn.id, from_day=first, to_day=today))
    clock = clock_of(quarters, origin_s, HOUR_S, ZoneInfo(clock_zone), HISTORY_DAYS)
    with ContextFile(store.path, size_mib_max=store.size_mib_max) as said:
        feeds = feeds_of(found.config.context)
        columns = columns_of(said, feeds, clock, known_s=origin_s, from_s=origin_s)
    special: dict[date, str] = {}
    locality = Locality(ZoneInfo(clock_zone), special)
    panel = lay(quarters, origin_s, clock, locality, columns, whole=True).panel
    calendars = [one for one in panel.columns if isinstance(one, Events)]
    return expected_of(title, calendars, panel, tables_of(panel).ratio)


def _seconds(wall: datetime | None, drawn: "Site") -> int | None:
    if wall is None:
        return None
    return int(wall.replace(tzinfo=ZoneInfo(drawn.time_zone)).timestamp())


def _figures(found: _Found, would: "Floats", expected: "Expected | None") -> dict[str, object]:
    return {
        "origin_s": found.made.origin_s,
        "on_before": None if expected is None else expected.times,
        "at_s": found.times_s.tolist(),
        "zones": {
            zone: {
                "now": [[round(each, 1) for each in one] for one in now],
                "would": [[round(each, 1) for each in one] for one in then],
            }
            for zone, now, then in zip(
                found.zones,
                found.quantiles.swapaxes(0, 1).tolist(),
                would.swapaxes(0, 1).tolist(),
                strict=True,
            )
        },
    }


def _table(found: _Found, would: "Floats") -> list[str]:
    """Return each zone's peak of the next day, now and as it would be, and when."""
    lines = [f"the next {SHOWN_H} hours' peak, with its 80 % interval: now, and as it would be"]
    for index, zone in enumerate(found.zones):
        said = [_peak(table[:SHOWN_H, index], found) for table in (found.quantiles, would)]
        lines.append(f"{zone:<20}{said[0]:>32}{said[1]:>32}")
    return lines


def _peak(steps: "Floats", found: _Found) -> str:
    at = int(steps[:, 1].argmax())
    low, middle, high = (round(float(one)) for one in steps[at])
    clock = ZoneInfo(found.drawn.time_zone)
    wall = datetime.fromtimestamp(int(found.times_s[at]), clock) - timedelta(minutes=30)
    return f"{wall:%H:%M} {middle} ({low} to {high})"
