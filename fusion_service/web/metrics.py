# SPDX-License-Identifier: Apache-2.0
"""The centre's counts and states in Prometheus' text form; docs/METRICS.md lists them all.

Totals come from the store, so they survive a restart. Rule 1: no label is free text: channels,
outcomes and states are closed sets, and a device's name is one that was enrolled. Rule 2: at most
SERIES_MAX series, whatever happens: of devices beyond DEVICES_MAX only their number is said.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fusion_service.context.port import Feed
from fusion_service.context.state import FeedCondition, FeedState
from fusion_service.shift.supposed import WhatIf
from fusion_service.store.forecast.kept import Forecasts
from fusion_service.store.port import Archive
from fusion_service.store.rows import StoreCounts
from fusion_service.web import device_metrics
from fusion_service.web.alarms.metrics import (
    NO_ALARMS,
    AlarmsNow,
    alarm_metrics,
    outlet_metrics,
)
from fusion_service.web.context import FeedStates
from fusion_service.web.device_metrics import DEVICES_MAX, DeviceMetrics, Ends
from fusion_service.web.forecast.metrics import FORECAST_SERIES_MAX, score_metrics
from fusion_service.web.views.health import Condition, HealthView

CENTRE_SERIES_MAX = 200
"""Of the centre itself: channels times outcomes, reasons, certificates, and one each of the
rest."""
SERIES_MAX = CENTRE_SERIES_MAX + FORECAST_SERIES_MAX + DEVICES_MAX * device_metrics.SERIES_MAX


@dataclass(frozen=True, slots=True)
class Watching:
    """What a run of the centre knows besides its store.

    How large that may grow, what boxes were handed, how feeds of others fare, what was forecast and
    what would be.

    store_bytes_max is None where nobody said.
    """

    alarms: AlarmsNow = field(default=NO_ALARMS, kw_only=True)
    store_bytes_max: int | None = None
    certificate_ends_s: Callable[[], Ends] = dict
    feeds: FeedStates = list
    forecasts: Forecasts | None = None
    what_if: WhatIf | None = None


class FusionCollector(Collector):
    """Reads the store and the health anew at each scrape."""

    def __init__(
        self,
        reader: Archive,
        health: Callable[[], HealthView],
        watching: Watching,
        *,
        devices_max: int = DEVICES_MAX,
    ) -> None:
        self._reader = reader
        self._health = health
        self._watching = watching
        self._devices_max = devices_max

    def describe(self) -> list[Metric]:
        """Say nothing beforehand, so that registering does not read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the centre."""
        counts = self._reader.counts()
        yield from self._messages(counts)
        yield from _dead_letters(counts)
        yield from alarm_metrics(self._watching.alarms())
        yield from _missing(counts)
        yield from _run(self._health())
        yield from _feeds(self._watching.feeds())
        if self._watching.forecasts is not None:
            yield from score_metrics(self._watching.forecasts)
        yield from self._disk_use()
        fleet = self._reader.fleet(devices_max=self._devices_max)
        yield _gauge("devices", "Enrolled devices.", counts.devices)
        yield _gauge(
            "devices_lost", "Enrolled devices that count as lost: they are not watched.", fleet.lost
        )
        yield _gauge(
            "devices_unnamed", "Devices beyond those that this answer names.", fleet.beyond
        )
        yield from DeviceMetrics().fill(fleet, self._watching.certificate_ends_s())

    def _messages(self, counts: StoreCounts) -> Iterator[Metric]:
        messages = CounterMetricFamily(
            "fusion_messages",
            "Messages by channel and how they ended.",
            labels=("channel", "outcome"),
        )
        for row in self._reader.outcomes():
            messages.add_metric((row.channel, row.outcome), row.total)
        yield messages
        yield _counter("late_reports", "Accepted reports that came late.", counts.late_reports)
        yield _counter(
            "repeated_windows",
            "Accepted reports with time of a window that was there already.",
            counts.repeated_windows,
        )
        apart = CounterMetricFamily(
            "fusion_reports_set_apart", "Accepted reports in no sum, and why.", labels=("reason",)
        )
        for reason, total in counts.set_apart:
            apart.add_metric((reason,), total)
        yield apart

    def _disk_use(self) -> Iterator[Metric]:
        use, bytes_max = self._reader.disk_use(), self._watching.store_bytes_max
        yield _gauge(
            "store_bytes", "How large the store is: what is in use of its file.", use.used_bytes
        )
        if bytes_max is not None:
            yield _gauge(
                "store_limit_bytes", "How large the store may grow: store.size_mib_max.", bytes_max
            )
        yield _gauge(
            "disk_free_bytes",
            "What the centre may still write on the store's disk.",
            use.disk_free_bytes,
        )
        yield _gauge("disk_size_bytes", "How large the store's disk is.", use.disk_bytes)


def exposition(reader: Archive, health: Callable[[], HealthView], watching: Watching) -> bytes:
    """Write every metric as Prometheus reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FusionCollector(reader, health, watching))
    return generate_latest(registry)


def _dead_letters(counts: StoreCounts) -> Iterator[Metric]:
    yield _counter(
        "dead_letters_replayed", "Dead letters that became of use.", counts.dead_letters_replayed
    )
    yield _counter(
        "dead_letters_dropped", "Dead letters dropped at the bound.", counts.dead_letters_dropped
    )
    letters = GaugeMetricFamily(
        "fusion_dead_letters",
        "Dead letters kept, by whether they are authentic.",
        labels=("authentic",),
    )
    letters.add_metric(("yes",), counts.dead_letters_authentic)
    letters.add_metric(("no",), counts.dead_letters_unverified)
    yield letters


def _missing(counts: StoreCounts) -> Iterator[Metric]:
    yield _gauge(
        "missing", "Sequences that have not come although a later one has.", counts.missing
    )
    yield _gauge("gaps", "Gaps, each of one sequence or more.", counts.gaps)
    if counts.oldest_gap_ms is not None:
        since_s = counts.oldest_gap_ms / 1000
        yield _gauge(
            "oldest_gap_timestamp_seconds", "When the oldest gap was noticed, UTC.", since_s
        )
    lost = GaugeMetricFamily(
        "fusion_lost", "Sequences that are lost for good, and why.", labels=("why",)
    )
    for why, number in counts.lost:
        lost.add_metric((why,), number)
    yield lost


def _run(health: HealthView) -> Iterator[Metric]:
    yield _gauge(
        "fine",
        "1 while the centre does all that it is there for, as /v1/health says.",
        _fine(health.condition),
    )
    yield _gauge("broker_connected", "1 while connected.", health.broker.state == "connected")
    since_s = health.broker.since.timestamp()
    yield _gauge(
        "broker_since_timestamp_seconds",
        "Since when the link to the broker is as it is, UTC.",
        since_s,
    )
    yield _gauge("store_fine", "1 while the store takes what comes.", _fine(health.store.condition))
    yield _gauge("inbox_depth", "Messages that wait for a batch.", health.inbox_depth)
    yield _gauge("inbox_max", "Messages that may wait.", health.inbox_max)
    yield _gauge(
        "start_timestamp_seconds", "When this run started, UTC.", health.started_at.timestamp()
    )
    ends = GaugeMetricFamily(
        "fusion_certificate_expiry_timestamp_seconds",
        "When a certificate ends on which the centre's link hangs, UTC.",
        labels=("name",),
    )
    for one in health.certificates:
        ends.add_metric((one.name,), one.ends.timestamp())
    yield ends
    yield from outlet_metrics(health)


def _feeds(states: Sequence[tuple[Feed, FeedState]]) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "fusion_feeds", "Feeds of others, by how they fare.", labels=("condition",)
    )
    for condition in FeedCondition:
        number = sum(state.condition is condition for _, state in states)
        family.add_metric((condition.value,), number)
    yield family
    now_s = int(time.time())
    yield _gauge(
        "feeds_missing",
        "Feeds of which something is missing, so that a forecast does without.",
        sum(bool(state.missing(feed, now_s)) for feed, state in states),
    )


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"fusion_{name}", documentation, value=value)


def _counter(name: str, documentation: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"fusion_{name}", documentation, value=value)


def _fine(condition: Condition) -> bool:
    return condition is Condition.FINE
