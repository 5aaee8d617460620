# SPDX-License-Identifier: Apache-2.0
"""`fusion-service forecast score`: how good the forecasts of the last days were."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.forecast.history import JsonOption, SiteArgument
from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.store.forecast.kept import ScoreRow

DAYS_MAX = 400
HEAD = ("day", "of", "hours", "targets", "MAE", "pinball", "cover", "skill", "came", "hit", "false")


def show_score(
    site: SiteArgument,
    config: ConfigOption,
    days: Annotated[
        int, typer.Option(min=1, max=DAYS_MAX, help="How many days back from today.")
    ] = 7,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show how good a site's forecasts were, day by day: by what was said then, and is kept.

    Of zones and of counters, 15 and 30 minutes, 1, 3, 24 and 168 hours ahead; and what warnings of
    levels came to.
    """
    need(Extra.FUSION)
    from dataclasses import asdict

    from fusion_service.config import load
    from fusion_service.store.sqlite.forecast.keeper import ForecastFile

    store = load(config).store
    first = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
    with ForecastFile(store.path, size_mib_max=store.size_mib_max) as kept:
        rows = kept.scores(site, from_day=first)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows]))
    elif not rows:
        typer.echo(f"{site}: nothing was scored since {first}", err=True)
    else:
        typer.echo("\n".join([_line(HEAD), *(_line(_cells(row)) for row in rows)]))


def _cells(row: "ScoreRow") -> tuple[str, ...]:
    hours = f"{row.horizon_s / 3600:g}"
    figures = (row.mae, row.pinball, row.coverage, row.skill)
    said = ["-" if figure is None else f"{figure:.2f}" for figure in figures]
    counted = (row.came, row.hit, row.false_episodes)
    return (row.day, row.places, hours, str(row.targets), *said, *map(str, counted))


def _line(cells: tuple[str, ...]) -> str:
    return f"{cells[0]:<12}{cells[1]:<10}" + "".join(f"{cell:>8}" for cell in cells[2:])
