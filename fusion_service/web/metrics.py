# SPDX-License-Identifier: Apache-2.0
"""The centre's counts in Prometheus' text form.

Totals come from the store, so they survive a restart. No label is free text: channels and outcomes are
closed sets, and a device's name is one that was enrolled.
"""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fusion_service.store.reader import Reader
from fusion_service.store.rows import StoreCounts
from fusion_service.web.views import Condition, HealthView

DEVICES_MAX = 100
"""Devices that a scrape names."""


class FusionCollector(Collector):
    """Reads the store and the health anew at each scrape."""

    def __init__(self, reader: Reader, health: Callable[[], HealthView]) -> None:
        self._reader = reader
        self._health = health

    def describe(self) -> list[Metric]:
        """Say nothing beforehand, so that registering does not read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the centre."""
        messages = CounterMetricFamily("fusion_messages", "Messages by channel and how they ended.", labels=("channel", "outcome"))
        for row in self._reader.outcomes():
            messages.add_metric((row.channel, row.outcome), row.total)
        yield messages
        counts, health = self._reader.counts(), self._health()
        yield CounterMetricFamily("fusion_late_reports", "Accepted reports that came late.", value=counts.late_reports)
        yield CounterMetricFamily(
            "fusion_repeated_windows",
            "Accepted reports with time of a window that was there already.",
            value=counts.repeated_windows,
        )
        apart = CounterMetricFamily("fusion_reports_set_apart", "Accepted reports in no sum, and why.", labels=("reason",))
        for reason, total in counts.set_apart:
            apart.add_metric((reason,), total)
        yield apart
        yield from self._missing(counts)
        yield CounterMetricFamily(
            "fusion_dead_letters_replayed", "Dead letters that became of use.", value=counts.dead_letters_replayed
        )
        yield CounterMetricFamily(
            "fusion_dead_letters_dropped", "Dead letters dropped at the bound.", value=counts.dead_letters_dropped
        )
        letters = GaugeMetricFamily(
            "fusion_dead_letters", "Dead letters kept, by whether they are authentic.", labels=("authentic",)
        )
        letters.add_metric(("yes",), counts.dead_letters_authentic)
        letters.add_metric(("no",), counts.dead_letters_unverified)
        yield letters
        yield GaugeMetricFamily("fusion_devices", "Enrolled devices.", value=counts.devices)
        yield GaugeMetricFamily("fusion_broker_connected", "1 while connected.", value=health.broker.state == "connected")
        yield GaugeMetricFamily("fusion_store_fine", "1 while the store takes what comes.", value=_fine(health.store.condition))
        yield GaugeMetricFamily("fusion_inbox_depth", "Messages that wait for a batch.", value=health.inbox_depth)
        yield GaugeMetricFamily("fusion_inbox_max", "Messages that may wait.", value=health.inbox_max)
        yield GaugeMetricFamily("fusion_started_seconds", "When this run started, UTC.", value=health.started_ms / 1000)

    def _missing(self, counts: StoreCounts) -> Iterator[Metric]:
        """Yield what is missing; by device those that miss most, so that a scrape stays small whatever goes wrong."""
        yield GaugeMetricFamily("fusion_missing", "Sequences that have not come although a later one has.", value=counts.missing)
        yield GaugeMetricFamily("fusion_gaps", "Gaps, each of one sequence or more.", value=counts.gaps)
        if counts.oldest_gap_ms is not None:
            since_s = counts.oldest_gap_ms / 1000
            yield GaugeMetricFamily("fusion_oldest_gap_seconds", "When the oldest gap was noticed, UTC.", value=since_s)
        lost = GaugeMetricFamily("fusion_lost", "Sequences that are lost for good, and why.", labels=("why",))
        for why, number in counts.lost:
            lost.add_metric((why,), number)
        yield lost
        devices = GaugeMetricFamily("fusion_device_missing", "The same for the devices that miss most.", labels=("site", "device"))
        for site, device, missing in self._reader.most_missing(DEVICES_MAX):
            devices.add_metric((site, device), missing)
        yield devices


def exposition(reader: Reader, health: Callable[[], HealthView]) -> bytes:
    """Write every metric as Prometheus reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FusionCollector(reader, health))
    return generate_latest(registry)


def _fine(condition: Condition) -> bool:
    return condition is Condition.FINE
