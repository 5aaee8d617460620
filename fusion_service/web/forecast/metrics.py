# SPDX-License-Identifier: Apache-2.0
"""The newest score of each site, for Prometheus: how far forecasts are to be trusted."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from fusion_service.store.forecast.kept import Forecasts, Places

SITES_MAX = 16
"""More than one centre has. Each has five horizons of three figures, and when it was scored."""
HORIZONS = 6
ROWS_MAX = SITES_MAX * HORIZONS * len(Places)
FORECAST_SERIES_MAX = SITES_MAX * (HORIZONS * 3 + 1)


def score_metrics(forecasts: Forecasts) -> Iterator[Metric]:
    """Yield the scores of each site's newest scored day, of its zones."""
    rows = [row for row in forecasts.newest_scores(limit=ROWS_MAX) if row.places is Places.ZONES]
    kept = list(dict.fromkeys(row.site for row in rows))[:SITES_MAX]
    rows = [row for row in rows if row.site in kept]
    for name, text in (
        ("mae", "Mean absolute error of yesterday's forecasts of zones, people."),
        ("coverage", "Share of yesterday's counts within the 80 % interval of their forecast."),
        ("skill", "1 - MAE / MAE of seasonal naive, of yesterday's forecasts of zones."),
    ):
        family = GaugeMetricFamily(f"fusion_forecast_{name}", text, labels=("site", "horizon_s"))
        for row in rows:
            figure: float | None = getattr(row, name)
            if figure is not None:
                family.add_metric((row.site, str(row.horizon_s)), figure)
        yield family
    scored = GaugeMetricFamily(
        "fusion_forecast_scored_timestamp_seconds",
        "When a site's forecasts were scored last, UTC.",
        labels=("site",),
    )
    for site in kept:
        newest_ms = max(row.scored_ms for row in rows if row.site == site)
        scored.add_metric((site,), newest_ms / 1000)
    yield scored
