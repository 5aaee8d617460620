# SPDX-License-Identifier: Apache-2.0
"""What would come if measures were taken, links closed, or something were on. Keeps nothing."""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, NamedTuple
from zoneinfo import ZoneInfo

import typer

from fusion_service.commands.forecast.history import JsonOption, SiteArgument
from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.registry.site import Site
    from fusion_service.shift.supposed import Supposed, WhatIf, Would
    from fusion_service.store.forecast.kept import Made, Said

Quantiles = tuple[float, float, float]
SHOWN_H = 24


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
    from fusion_service.shift.supposed import Supposed

    drawn, ask = _load(config, site)
    zone = ZoneInfo(drawn.time_zone)
    begins_s = None if begins is None else int(begins.replace(tzinfo=zone).timestamp())
    supposed = Supposed(tuple(measure or ()), tuple(closes or ()), event, begins_s)
    if hours is not None:
        since_s = _hours_of(ask(drawn, Supposed()), site)[0].origin_s
        until_s = (since_s if begins_s is None else begins_s) + round(hours * 3600)
        supposed = replace(supposed, until_s=until_s)
    would = ask(drawn, supposed)
    made, said = _hours_of(would, site)
    steps = _steps(drawn, made, said)
    if as_json:
        typer.echo(json.dumps(_figures(made, steps, would)))
        return
    if would.on_before is not None:
        times = f"{would.on_before} times"
        typer.echo(f"on before: {times if would.on_before else 'never: nobody knows what it does'}")
    for name in would.in_force:
        typer.echo(f"in force already, and counted once: {name}")
    for line in _table(steps, zone):
        typer.echo(line)


class _Steps(NamedTuple):
    """A zone's quantiles of each hour, now and as they would be; at_s: the middle of each, UTC."""

    zone: str
    at_s: list[int]
    now: list[Quantiles]
    would: list[Quantiles]


def _load(config: ConfigOption, site: str) -> "tuple[Site, WhatIf]":
    """Return a site, and who answers of it. Raises SiteError, ForecastError."""
    from fusion_service.config import load
    from fusion_service.context.build import feeds_of
    from fusion_service.errors import ForecastError, QueryError, SiteError
    from fusion_service.estimation.beside.told import Told
    from fusion_service.estimation.drawn_sites import DrawnSites
    from fusion_service.estimation.what_if.answering import WhatIfs
    from fusion_service.shift.desk import Desk
    from fusion_service.store.sqlite.context import ContextFile
    from fusion_service.store.sqlite.forecast.keeper import ForecastFile
    from fusion_service.store.sqlite.shift.keeper import ShiftFile
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    settings = load(config)
    path, mib_max = settings.store.path, settings.store.size_mib_max
    plans = DrawnSites(SqliteSitePlans(path, size_mib_max=mib_max))()
    if site not in plans:
        raise SiteError(f"{site[:40]!r}: there is no such site; fusion-service site list")

    def ask(drawn: "Site", supposed: "Supposed") -> "Would":
        with (
            ShiftFile(path, size_mib_max=mib_max) as log,
            ContextFile(path, size_mib_max=mib_max) as said,
            ForecastFile(path, size_mib_max=mib_max) as kept,
        ):
            told = Told(
                said,
                feeds_of(settings.context),
                Desk(log, lambda: time.time_ns() // 1_000_000).site,
            )
            try:
                return WhatIfs(kept, told)(drawn, supposed)
            except QueryError as error:
                got = f"--{error.where}: got {str(error)!r}, wanted {error.wanted}"
                raise ForecastError(got) from error

    return plans[site][1], ask


def _hours_of(would: "Would", site: str) -> "tuple[Made, tuple[Said, ...]]":
    """Return the forecast in hours. Raises ForecastError."""
    from fusion_service.errors import ForecastError
    from fusion_service.store.forecast.steps import HOUR_S

    for made, said in would.forecasts:
        if made.step_s == HOUR_S and said:
            return made, said
    raise ForecastError(f"{site}: nothing was forecast of its zones yet; let the centre run")


def _steps(drawn: "Site", made: "Made", kept: "tuple[Said, ...]") -> list[_Steps]:
    from fusion_service.store.forecast.kept import ZONE
    from fusion_service.store.forecast.steps import starts_of, steps_in

    count = len(steps_in(kept[0].said))
    starts = starts_of(made.origin_s, made.step_s, count, ZoneInfo(drawn.time_zone))
    there = [index for index, one in enumerate(starts) if one is not None]
    at_s = [one + made.step_s // 2 for one in starts if one is not None]

    def quantiles(said: bytes) -> list[Quantiles]:
        steps = steps_in(said)
        return [(steps[one][0], steps[one][1], steps[one][2]) for one in there]

    return [
        _Steps(
            one.place.removeprefix(ZONE),
            at_s,
            quantiles(one.said),
            quantiles(one.said if one.moved is None else one.moved),
        )
        for one in kept
    ]


def _figures(made: "Made", steps: list[_Steps], would: "Would") -> dict[str, object]:
    return {
        "origin_s": made.origin_s,
        "on_before": would.on_before,
        "in_force": would.in_force,
        "at_s": steps[0].at_s,
        "zones": {one.zone: {"now": one.now, "would": one.would} for one in steps},
    }


def _table(steps: list[_Steps], zone: ZoneInfo) -> list[str]:
    """Return each zone's peak of the next day, now and as it would be, and when."""
    lines = [f"the next {SHOWN_H} hours' peak, with its 80 % interval: now, and as it would be"]
    for one in steps:
        now, would = (_peak(one.at_s, each, zone) for each in (one.now, one.would))
        lines.append(f"{one.zone:<20}{now:>32}{would:>32}")
    return lines


def _peak(at_s: list[int], quantiles: list[Quantiles], zone: ZoneInfo) -> str:
    at = max(range(min(SHOWN_H, len(quantiles))), key=lambda index: quantiles[index][1])
    low, middle, high = (round(one) for one in quantiles[at])
    wall = datetime.fromtimestamp(at_s[at], zone) - timedelta(minutes=30)
    return f"{wall:%H:%M} {middle} ({low} to {high})"
