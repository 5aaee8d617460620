# SPDX-License-Identifier: Apache-2.0
"""`fusion-service backtest`: how good forecasts of what the store holds would have been."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from fusion_service.commands.needs import FAILED, need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.inputs.panel import Panel
    from fusion_service.estimate.forecast.scoring.backtest import Backtest

HORIZONS_H = (1, 3, 24, 168)
HISTORY_DAYS = 1500
STEP_S = 3600
SiteArgument = Annotated[
    str, typer.Argument(metavar="SITE", help="The site's id.", show_default=False)
]


def backtest(
    site: SiteArgument,
    config: ConfigOption,
    days: Annotated[
        int, typer.Option(min=1, max=400, help="How many days back to forecast again.")
    ] = 28,
    country: Annotated[
        str, typer.Option(help="Whose public holidays are special days; ISO 3166.")
    ] = "NL",
    time_zone: Annotated[
        str, typer.Option(help="The clock that people follow there.")
    ] = "Europe/Amsterdam",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day after the last.", show_default="today"),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Forecast the last days again, each hour from what was known before it, and score that.

    Prints MAE, pinball, coverage of the 80 % interval, and skill over seasonal naive. Ends with 1
    where anything read later than it may: then no score is worth anything.
    """
    need(Extra.FUSION, Extra.FORECAST)
    from fusion_service.estimate.forecast.scoring.backtest import backtest as run

    zone = ZoneInfo(time_zone)
    end = datetime.now(zone).date() if until is None else until.date()
    panel = _panel(_store_of(config), site, end, zone, country)
    first = panel.steps - days * panel.day
    if first < panel.day:
        typer.echo(
            f"fusion-service: {site}: got {panel.steps // panel.day} days, wanted more than "
            f"{days + 1}: ask for fewer --days",
            err=True,
        )
        raise typer.Exit(FAILED)
    found = run(panel, first, HORIZONS_H)
    typer.echo(json.dumps(_figures(found)) if as_json else _table(found))
    if found.leaks:
        typer.echo(f"fusion-service: reads later than it may: {', '.join(found.leaks)}", err=True)
        raise typer.Exit(FAILED)


def _store_of(config: Path) -> Path:
    from fusion_service.config import load

    return load(config).store.path


def _panel(store: Path, site: str, end: date, zone: ZoneInfo, country: str) -> "Panel":
    """Return what the store holds of a site, from its first day with a count on."""
    import numpy as np

    from fusion_service.errors import DeviceError
    from fusion_service.estimate.forecast.inputs.holiday_dates import special_days
    from fusion_service.estimation.history import Clock, panel_of, places_of
    from fusion_service.store.sqlite.reader import Reader

    reader = Reader(store)
    places = places_of(reader, site)
    if not places:
        raise DeviceError(f"{site}: no device of this site has said what it counts at")
    clock = Clock(end - timedelta(days=HISTORY_DAYS), HISTORY_DAYS, STEP_S, zone)
    special = special_days(country, clock.first.year, end.year + 1)
    panel = panel_of(reader, site, places, clock, special)
    known = np.flatnonzero(np.isfinite(panel.counts).any(axis=1))
    begin = int(known[0]) // panel.day * panel.day if len(known) else panel.steps - panel.day
    return panel.cut(begin, panel.steps)


def _figures(found: "Backtest") -> dict[str, object]:
    return {
        "model": "ratio" if found.is_ratio else "trees",
        "leaks": list(found.leaks),
        "horizons": {
            str(horizon): {
                "targets": one.targets,
                "mae": one.mae,
                "pinball": one.pinball,
                "cover80": one.coverage,
                "skill": one.skill,
            }
            for horizon, one in found.scores.items()
        },
    }


def _table(found: "Backtest") -> str:
    lines = [f"{'hours':>6}{'targets':>9}{'MAE':>9}{'pinball':>9}{'cover':>7}{'skill':>7}"]
    for horizon, one in found.scores.items():
        figures = (one.mae, one.pinball, one.coverage, one.skill)
        said = ["-" if figure is None else f"{figure:.2f}" for figure in figures]
        lines.append(
            f"{horizon:>6}{one.targets:>9}{said[0]:>9}{said[1]:>9}{said[2]:>7}{said[3]:>7}"
        )
    return "\n".join([*lines, f"by the {'ratio model' if found.is_ratio else 'trees'}"])
