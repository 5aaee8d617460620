# SPDX-License-Identifier: Apache-2.0
"""Measure forecasts on Auckland's counters, warnings of its sites, and weather on Leeds's.

And what a calendar of events gives, on a boulevard that is made up.

A window is the days before an end; the last line is one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from development.bench.forecast.announced import announced
from development.bench.forecast.auckland import Counters, read_auckland
from development.bench.forecast.cold_start import cold_start
from development.bench.forecast.reference import reference
from development.bench.forecast.warned import sites_of, warn
from development.bench.forecast.weather import weather_lost, weather_ratio
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.holiday_dates import special_days
from fusion_service.estimate.forecast.inputs.panel import Panel
from fusion_service.estimate.forecast.models.boosting import LONG_PLANS
from fusion_service.estimate.forecast.models.conformal import is_special
from fusion_service.estimate.forecast.scoring.rolling import roll
from fusion_service.estimate.forecast.scoring.score import mae_ratio, score

DATA = Path(__file__).parents[4] / "shared" / "data" / "timeseries"
"""Beside the clone, where the development data lies."""
HORIZONS_H = (1, 3, 24, 168)
WARNED_H = (1, 3)
BEFORE = timedelta(days=max(plan.days for plan in LONG_PLANS) + 385)
"""What the longest fit learns from, and a year and some weeks before it to read."""
PARTS = ("forecast", "cold", "warnings", "weather", "lost", "events")
EVENTS_H, EVENTS_SEEDS = 24, (3, 4)
WEATHER_DAYS = 365
WEATHER_END = "2015-12-31"
Figures = dict[str, Any]


def main(words: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 done, whatever the figures. words: None are those of the command."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench forecast", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of auckland/ and leeds/")
    parser.add_argument(
        "--windows",
        default="2025,2024",
        help="years (their last days) or dates on which a window ends, with commas between them",
    )
    parser.add_argument("--days", type=int, default=56, help="of each window")
    parser.add_argument("--horizons", default=",".join(map(str, HORIZONS_H)), help="hours")
    parser.add_argument("--parts", default="forecast", help=f"some of {','.join(PARTS)}, or all")
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    arguments = parser.parse_args(words)
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} is no folder: say where auckland/ and leeds/ lie by --data")
    parts = PARTS if arguments.parts == "all" else tuple(arguments.parts.split(","))
    sys.stdout.write(json.dumps(_measured(arguments, parts)) + "\n")
    return 0


def _measured(arguments: argparse.Namespace, parts: tuple[str, ...]) -> Figures:
    begun = time.process_time()
    counters = read_auckland(arguments.data / "auckland")
    horizons = [int(one) for one in arguments.horizons.split(",")]
    found: dict[str, Figures] = {}
    for name in arguments.windows.split(","):
        end = _end(name, counters)
        start = end - timedelta(days=arguments.days)
        special = special_days("NZ", counters.first.year, end.year + 1, "AUK")
        panel = counters.panel(start - BEFORE, end, special)
        first = panel.steps - arguments.days * panel.day
        tell = (lambda _: None) if arguments.json else _tell
        if "forecast" in parts:
            figures, cpu_s = _forecasts(panel, first, horizons, tell)
            found.setdefault("windows", {})[name] = figures
            found.setdefault("cpu_s_by_window", {})[name] = cpu_s
        if "cold" in parts:
            found.setdefault("cold", {})[name] = _cold_start(panel, first, horizons)
        if "warnings" in parts:
            found.setdefault("warnings", {})[name] = _warnings(panel, first)
    if "weather" in parts:
        found["weather"] = _weather(arguments.data / "leeds")
    if "lost" in parts:
        found["lost"] = _lost(arguments.data / "leeds")
    if "events" in parts:
        found["events"] = {str(seed): _events(seed) for seed in EVENTS_SEEDS}
    return {**found, "cpu_s": round(time.process_time() - begun, 1)}


def _end(name: str, counters: Counters) -> datetime:
    """Return where a window ends: a year's last count, or a date at the hour of the first count."""
    if len(name) > len("2025"):
        return datetime.fromisoformat(name).replace(hour=counters.first.hour)
    return datetime(int(name) + 1, 1, 1, counters.first.hour)  # noqa: DTZ001 - the clock on the wall.


def _forecasts(
    panel: Panel, first: int, horizons: list[int], tell: Callable[[str], None]
) -> tuple[Figures, float]:
    """Return the figures of each horizon, and the CPU seconds of all without the reference's."""
    targets = np.arange(first, panel.steps, dtype=np.int64)
    counts, days = panel.counts[targets], panel.day_of(targets)
    special = is_special(panel, targets)
    begun = time.process_time()
    features = Features(panel)
    cpu_s = time.process_time() - begun
    found: Figures = {}
    for horizon in horizons:
        begun = time.process_time()
        rolled = roll(features, first, panel.steps, horizon)
        cpu_s += time.process_time() - begun
        middle = rolled.quantiles[..., 1]
        beside = reference(panel, first, horizon)
        ratio = mae_ratio(counts, middle, beside, days)
        whole = score(counts, rolled.quantiles, rolled.naive)
        apart = score(counts[special], rolled.quantiles[special], rolled.naive[special])
        found[str(horizon)] = {
            "mae": _round(whole.mae),
            "mae_reference": _round(float(np.nanmean(np.abs(beside - counts)))),
            "ratio": _round(ratio.ratio),
            "ci_low": _round(ratio.low),
            "ci_high": _round(ratio.high),
            "pinball": _round(whole.pinball),
            "cover80": _round(whole.coverage),
            "cover80_special": _round(apart.coverage),
            "skill": _round(whole.skill),
            "targets": whole.targets,
        }
        tell(f"{horizon} h: {json.dumps(found[str(horizon)])}")
    return found, round(cpu_s, 1)


def _cold_start(panel: Panel, first: int, horizons: list[int]) -> Figures:
    """Return the scores by days that are known, and by horizon."""
    found = cold_start(panel, first, np.array(horizons, dtype=np.int64))
    return {
        str(days): {
            str(horizon): {
                "mae": _round(one.mae),
                "cover80": _round(one.coverage),
                "skill": _round(one.skill),
            }
            for horizon, one in each.items()
        }
        for days, each in found.items()
    }


def _warnings(panel: Panel, first: int) -> Figures:
    """Return what warnings came to, by horizon and level."""
    sites = sites_of(panel)
    found: Figures = {}
    for horizon in WARNED_H:
        found[str(horizon)] = {
            str(level): {
                "came": one.score.came,
                "hit_rate": _round(one.score.hit_rate),
                "hit_rate_naive": _round(one.naive.hit_rate),
                "gain_low": _round(one.gain_low),
                "gain_high": _round(one.gain_high),
                "false": one.score.false,
                "false_naive": one.naive.false,
                "false_in_8_h": _round(one.false_in_8_h),
                "threshold": _round(one.probability),
                "lead_h_busiest": one.lead_h,
                "busiest_days": one.busiest_days,
            }
            for level, one in warn(sites, first, horizon).items()
        }
    return found


def _weather(folder: Path) -> Figures:
    """Return the paired ratio of the model that knows the weather to the one that does not."""
    ratio, mae = weather_ratio(folder, datetime.fromisoformat(WEATHER_END), WEATHER_DAYS)
    ends = {"ratio": ratio.ratio, "ci_low": ratio.low, "ci_high": ratio.high}
    return {**{name: _round(one) for name, one in ends.items()}, "mae_without": _round(mae)}


def _lost(folder: Path) -> Figures:
    """Return what is said with the weather, while it is missing, and by who never had it."""
    lost = weather_lost(folder, datetime.fromisoformat(WEATHER_END), WEATHER_DAYS)
    found: Figures = {
        name: {
            "mae": _round(one.mae),
            "pinball": _round(one.pinball),
            "cover80": _round(one.coverage),
            "width": _round(lost.widths[name]),
        }
        for name, one in lost.scores.items()
    }
    for name, ratio in lost.ratios.items():
        found[name] |= {"ratio": _round(ratio.ratio), "ci": [_round(ratio.low), _round(ratio.high)]}
    return found


def _events(seed: int) -> Figures:
    """Return what a calendar gives: hits, leads in hours, and coverage of what events brought."""
    return {
        name: {
            "came": one.came,
            "hit": one.hit,
            "false_in_8_h": _round(one.false_in_8_h),
            "lead_h_busiest": float(np.median(one.leads_busiest)),
            "lead_h_by_events": float(np.median(one.leads_by_events)),
            "mean_lead_h_by_events": _round(float(np.mean(one.leads_by_events))),
            "days_by_events": len(one.leads_by_events),
            "mae_events": _round(one.mae),
            "cover80_events": _round(one.covers),
            "cover80_new": _round(one.covers_new),
        }
        for name, one in announced(EVENTS_H, seed=seed).items()
    }


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
