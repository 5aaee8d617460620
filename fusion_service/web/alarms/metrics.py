# SPDX-License-Identifier: Apache-2.0
"""How often alarms come, and whether those outside hear of them, in Prometheus' text form."""

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from fusion_service.ledger.alarm_rates import AlarmRates
from fusion_service.web.views.health import Condition, HealthView

SPANS = ("ten minutes", "eight hours")
"""Over which alarms are counted: what a flood is judged by, and a duty."""


AlarmsNow = Callable[[], AlarmRates]
"""Return how often alarms come."""
NO_ALARMS: AlarmsNow = AlarmRates


def alarm_metrics(rates: AlarmRates) -> Iterator[Metric]:
    """Yield how many alarms came lately, and how many are open."""
    raised = GaugeMetricFamily(
        "fusion_alarms_raised",
        "Alarms raised within a span, of the site with the highest number.",
        labels=("span",),
    )
    for span, number in zip(SPANS, (rates.in_ten_minutes, rates.in_a_shift), strict=True):
        raised.add_metric((span,), number)
    yield raised
    yield GaugeMetricFamily(
        "fusion_alarms_open", "Open alarms of all sites.", value=float(rates.open)
    )
    yield GaugeMetricFamily(
        "fusion_alarms_unacknowledged",
        "Open alarms that nobody acknowledged.",
        value=float(rates.unacknowledged),
    )


def outlet_metrics(health: HealthView) -> Iterator[Metric]:
    """Yield how each way out of the centre fares."""
    fine = GaugeMetricFamily(
        "fusion_outlet_fine", "1 while an outlet takes what it is told.", labels=("outlet",)
    )
    waiting = GaugeMetricFamily(
        "fusion_outlet_waiting", "Messages that an outlet was not told yet.", labels=("outlet",)
    )
    since = GaugeMetricFamily(
        "fusion_outlet_failing_since_timestamp_seconds",
        "Since when an outlet fails, UTC.",
        labels=("outlet",),
    )
    for one in health.outlets:
        fine.add_metric((one.name,), one.condition is Condition.FINE)
        waiting.add_metric((one.name,), one.waiting)
        if one.since is not None:
            since.add_metric((one.name,), one.since.timestamp())
    yield from (fine, waiting, since)
