# SPDX-License-Identifier: Apache-2.0
"""The verbs of forecasts: how good they would have been, training, and what comes."""

import json
import math
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, NoReturn, TypedDict

import typer

from fusion_service.commands.forecast.history import (
    CountryOption,
    JsonOption,
    SiteArgument,
    TimeZoneOption,
    UntilOption,
    site_history,
)
from fusion_service.commands.forecast.score import show_score
from fusion_service.commands.forecast.what_if import what_if
from fusion_service.commands.needs import FAILED, need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.forecaster import Forecast
    from fusion_service.estimate.forecast.inputs.panel import Panel
    from fusion_service.estimate.forecast.scoring.backtest import Backtest

HORIZONS_H = (1, 3, 24, 168)
WEEK_H = 168


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    app.command("train")(train_site)
    app.command("show")(show_forecast)
    app.command("what-if")(what_if)
    app.command("score")(show_score)


def backtest(
    site: SiteArgument,
    config: ConfigOption,
    days: Annotated[
        int, typer.Option(min=1, max=400, help="How many days back to forecast again.")
    ] = 28,
    country: CountryOption = "NL",
    time_zone: TimeZoneOption = "Europe/Amsterdam",
    until: UntilOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Forecast the last days again, each hour from what was known before it, and score that.

    Prints MAE, pinball, coverage of the 80 % interval, and skill over seasonal naive. Ends with 1
    where anything read later than it may: then no score is worth anything.
    """
    need(Extra.FUSION, Extra.FORECAST)
    from fusion_service.estimate.forecast.scoring.backtest import backtest as run

    panel = site_history(config, site, until, time_zone, country).panel
    first = panel.steps - days * panel.day
    if first < panel.day:
        _fail(
            f"{site}: got {panel.steps // panel.day} days, wanted more than {days + 1}: ask for "
            "fewer --days"
        )
    found = run(panel, first, HORIZONS_H)
    typer.echo(json.dumps(_figures(found)) if as_json else _table(found))
    if found.leaks:
        _fail(f"reads later than it may: {', '.join(found.leaks)}")


def train_site(
    site: SiteArgument,
    config: ConfigOption,
    country: CountryOption = "NL",
    time_zone: TimeZoneOption = "Europe/Amsterdam",
    until: UntilOption = None,
) -> None:
    """Train a forecaster on all that the store holds, and keep it as the site's next version.

    It goes live where there is none, and otherwise only where it beats the live one on the last
    four weeks.
    """
    need(Extra.FUSION, Extra.FORECAST)
    from fusion_service.estimate.forecast.training import DAYS_MIN, train
    from fusion_service.estimation.model_folder import ModelFolder

    known = site_history(config, site, until, time_zone, country)
    panel = known.panel
    if panel.steps < DAYS_MIN * panel.day:
        _fail(
            f"{site}: got {panel.steps // panel.day} days, wanted {DAYS_MIN}: until then the "
            "ratio model forecasts"
        )
    folder = ModelFolder(known.models)
    live = folder.live(known.places, panel.step_s)
    trained = train(panel, None if live is None else live[1])
    ratio = None if trained.choice is None else trained.choice.ratio
    kept = folder.keep(
        trained.forecaster,
        made_ms=time.time_ns() // 1_000_000,
        is_live=trained.is_live,
        step_s=panel.step_s,
        places=known.places,
        ratio=None if ratio is None else (ratio.ratio, ratio.low, ratio.high),
    )
    told = "" if ratio is None else f", MAE {ratio.ratio:.3f} of the one before"
    typer.echo(f"{site}: version {kept.version} is {'live' if kept.is_live else 'kept'}{told}")


def show_forecast(
    site: SiteArgument,
    config: ConfigOption,
    country: CountryOption = "NL",
    time_zone: TimeZoneOption = "Europe/Amsterdam",
    until: UntilOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Forecast the coming week from the last whole day, by the live version or the ratio model.

    People an hour at a line, the mean in a zone: the daily peaks, with --json each hour.
    """
    need(Extra.FUSION, Extra.FORECAST)
    import numpy as np

    from fusion_service.estimate.forecast.forecaster import forecast
    from fusion_service.estimate.forecast.inputs.features import Features
    from fusion_service.estimation.model_folder import ModelFolder

    known = site_history(config, site, until, time_zone, country)
    live = ModelFolder(known.models).live(known.places, known.panel.step_s)
    horizons = np.arange(1, WEEK_H + 1, dtype=np.int64)
    found = forecast(None if live is None else live[1], Features(known.panel), horizons)
    said = _week(known.panel, known.places, found)
    if as_json:
        typer.echo(
            json.dumps({"version": None if live is None else live[0].version, "places": said})
        )
        return
    for name, series in said.items():
        typer.echo(f"{name} by the {'ratio model' if series['by_ratio'] else 'trees'}")
        for peak in series["peaks"]:
            ends = f"{peak['low']:.0f} to {peak['high']:.0f}"
            typer.echo(f"  {peak['at']}  {peak['middle']:.0f} ({ends})")


class Peak(TypedDict):
    """A day's peak: when, and its quantiles."""

    at: str
    low: float
    middle: float
    high: float


class Week(TypedDict):
    """Of one series: each hour's quantiles and what naive says, and each day's peak."""

    by_ratio: bool
    hours: list[list[float | None]]
    peaks: list[Peak]


def _week(panel: "Panel", places: tuple[str, ...], found: "Forecast") -> dict[str, Week]:
    """Return what comes at each place; hours from the panel's last step on."""
    from fusion_service.estimate.forecast.peak import daily_peaks

    peaks = daily_peaks(panel, panel.steps - 1 + found.horizons, found.quantiles)
    weeks: dict[str, Week] = {}
    for index, name in enumerate(places):
        hours = zip(found.quantiles[:, index].tolist(), found.naive[:, index].tolist(), strict=True)
        weeks[name] = {
            "by_ratio": bool(found.by_ratio[index]),
            "hours": [[_number(one) for one in (*said, naive)] for said, naive in hours],
            "peaks": [
                {
                    "at": (panel.first + timedelta(seconds=one.step * panel.step_s)).isoformat(),
                    "low": round(one.low, 1),
                    "middle": round(one.middle, 1),
                    "high": round(one.high, 1),
                }
                for one in peaks[index]
            ],
        }
    return weeks


def _number(figure: float) -> float | None:
    return round(figure, 1) if math.isfinite(figure) else None


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"fusion-service: {sentence}", err=True)
    raise typer.Exit(FAILED)


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
