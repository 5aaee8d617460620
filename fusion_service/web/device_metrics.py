# SPDX-License-Identifier: Apache-2.0
"""How each device fares, in Prometheus' text form: what alert rules stand on.

Rule 1: every state is one of a closed set, so a device has at most SERIES_MAX series whatever it
says. Rule 2: times are when the centre received something, never what a box's clock said.
"""

from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric

from fusion_service.store.fleet import Fleet, WatchedDevice, WatchedWindow
from wire_contract.messages.report import ClockQuality, Level
from wire_contract.quality import QualityCode

DEVICES_MAX = 2_000
"""Devices that a scrape names: the first by site and name. With names of 32 letters that is 3.3 MB
and a quarter of a second of one core (measured)."""
SERIES_MAX = 13
"""Of one device."""
UNKNOWN = "unknown"
"""A word for what a newer box says and this release does not know: no label is free text."""
PARTS = ("temperature", "disk", "outbox", "link")

_PLACE = ("site", "device")
Ends = Mapping[tuple[str, str], int]
"""When the certificates of boxes end, unix seconds, by site and name."""


def camera_state(code: int) -> str:
    """Return the word of an image quality code, as the wire's QualityCode names it."""
    try:
        return QualityCode(code).name.lower()
    except ValueError:
        return UNKNOWN


class DeviceMetrics:
    """The families that have a row for each device, filled from one reading of the fleet."""

    def __init__(self) -> None:
        self._enrolled = _family("enrolled_timestamp_seconds", "When the device was enrolled, UTC.")
        self._online = _family("online", "1 while the broker says that the device is connected.")
        self._last = _family(
            "last_window_timestamp_seconds",
            "When the window came that the device signed last, UTC, by the centre's clock.",
        )
        self._length = _family("window_seconds", "How long the device's windows usually are.")
        self._camera = _family(
            "camera_state", "1 for what the last window says of the camera.", "state"
        )
        self._clock = _family(
            "clock_quality", "1 for what the last window says of the device's clock.", "quality"
        )
        self._level = _family(
            "confinement_level",
            "1 for the level that was measured for the last window.",
            "level",
            "test_site",
        )
        self._health = _family(
            "health",
            "Class of a part in the last window: 0 not known, 1 good, 2 fair, 3 bad.",
            "part",
        )
        self._missing = _family(
            "missing", "Sequences of the device that have not come although a later one has."
        )
        self._ends = _family(
            "certificate_expiry_timestamp_seconds",
            "When the certificate ends that was handed out to the device last, UTC.",
        )

    def fill(self, fleet: Fleet, ends: Ends) -> Iterator[Metric]:
        """Yield every family with a row for each device of the fleet."""
        for device in fleet.devices:
            self._add(device, ends.get((device.site, device.device)))
        yield from (
            self._enrolled, self._online, self._last, self._length, self._camera,
            self._clock, self._level, self._health, self._missing, self._ends,
        )  # fmt: skip

    def _add(self, device: WatchedDevice, ends_s: int | None) -> None:
        place = (device.site, device.device)
        self._enrolled.add_metric(place, device.added_ms / 1000)
        self._online.add_metric(place, device.online)
        self._missing.add_metric(place, device.missing)
        if device.window_s is not None:
            self._length.add_metric(place, device.window_s)
        if ends_s is not None:
            self._ends.add_metric(place, ends_s)
        if device.last_window is not None:
            self._add_window(place, device.last_window, test_site=device.test_site)

    def _add_window(
        self, place: tuple[str, str], window: WatchedWindow, *, test_site: bool
    ) -> None:
        self._last.add_metric(place, window.received_ms / 1000)
        self._camera.add_metric((*place, camera_state(window.quality_code)), 1)
        self._clock.add_metric((*place, _known(window.clock_quality, tuple(ClockQuality))), 1)
        level = _known(window.level, tuple(Level))
        self._level.add_metric((*place, level, "yes" if test_site else "no"), 1)
        for part in PARTS:
            self._health.add_metric((*place, part), getattr(window.health, part))


def _family(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"fusion_device_{name}", documentation, labels=(*_PLACE, *labels))


def _known(word: str, words: tuple[str, ...]) -> str:
    return word if word in words else UNKNOWN
