# SPDX-License-Identifier: Apache-2.0
"""Show released counts to Home Assistant, over MQTT discovery.

An option of the centre, off by default.

Rule 1: what is shown is what the API shows, the released number or nothing: no window that was not
counted, and none that was signed before what is shown already. A box's clock orders nothing: one
that was ahead once would keep away all that follows. Rule 2: everything is retained and replaced,
so what the broker keeps is bounded by devices and names. Source: Home Assistant, MQTT integration,
"MQTT discovery" and "MQTT sensor".
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from fusion_service.config import HomeAssistantConfig
from wire_contract.messages.report import LINES_MAX, ZONES_MAX, Report
from wire_contract.quality import Validity, validity

SENSORS_MAX = 2 * (LINES_MAX + ZONES_MAX)
"""Sensors of one device: both numbers of every line and zone that a report can hold. Names beyond
are not announced."""
EXPIRES_WINDOWS = 3
"""A sensor that hears nothing for so many windows is shown as unavailable, not with its last
value."""

log = logging.getLogger(__name__)

Publish = Callable[[str, bytes], bool]
"""Publishes a retained message and says whether it was sent."""


@dataclass(slots=True)
class _Shown:
    """What was published of one device.

    The place of its last window, and the sensors that were announced.
    """

    stream: str = ""
    sequence: int = 0
    sensors: set[str] = field(default_factory=set)


class HomeAssistant:
    """Announces a sensor for each released number, and publishes each device's newest window.

    It announces once a connection.
    """

    def __init__(
        self, config: HomeAssistantConfig, publish: Publish, connection: Callable[[], int]
    ) -> None:
        self._config = config
        self._publish = publish
        self._connection = connection
        self._announced_on = connection()
        self._devices: dict[tuple[str, str], _Shown] = {}
        self._is_full = False

    def show(self, report: Report) -> None:
        """Publish a report that was committed.

        Unless one that its device signed later is shown already.
        """
        shown = self._shown(report)
        if shown is None or (report.stream == shown.stream and report.sequence <= shown.sequence):
            return
        node = f"{self._config.prefix}/sensor/pc_{report.site}_{report.device}"
        values = _values(report)
        for sensor in sorted(values.keys() - shown.sensors):
            if len(shown.sensors) < SENSORS_MAX:
                announcement = _json(_announcement(report, sensor, f"{node}/state"))
                if self._publish(f"{node}/{_known_as(sensor)}/config", announcement):
                    shown.sensors.add(sensor)
        if self._publish(
            f"{node}/state", _json({"start": report.start_s, "length": report.length_s, **values})
        ):
            shown.stream, shown.sequence = report.stream, report.sequence

    def _shown(self, report: Report) -> _Shown | None:
        if self._announced_on != self._connection():
            # A broker that was restarted may have lost what it had retained.
            self._announced_on = self._connection()
            for shown in self._devices.values():
                shown.sensors.clear()
        place = (report.site, report.device)
        if place not in self._devices:
            if len(self._devices) >= self._config.devices_max:
                if not self._is_full:
                    log.warning(
                        "home_assistant.devices_max: %d are shown, no more will be",
                        len(self._devices),
                    )
                self._is_full = True
                return None
            self._devices[place] = _Shown()
        return self._devices[place]


def _values(report: Report) -> dict[str, int | None]:
    """Return each released number under its sensor's name.

    Null where it was withheld or the sensor could not see.
    """
    is_counted = (
        validity(report.image_quality.code, report.image_quality.observed)
        is not Validity.NOT_COUNTED
    )
    values: dict[str, int | None] = {}
    for line in report.lines:
        values[f"line_{line.id}_in"], values[f"line_{line.id}_out"] = line.in_count, line.out_count
    for zone in report.zones:
        values[f"zone_{zone.id}_mean"], values[f"zone_{zone.id}_peak"] = zone.mean, zone.peak
    return {sensor: value if is_counted else None for sensor, value in values.items()}


def _announcement(report: Report, sensor: str, state_topic: str) -> dict[str, object]:
    device = f"pc_{report.site}_{report.device}"
    kind, name, number = sensor.split("_")
    return {
        "name": f"{kind} {name} {number}",
        "unique_id": f"{device}_{_known_as(sensor)}",
        "state_topic": state_topic,
        "value_template": f"{{{{ value_json['{sensor}'] }}}}",
        "unit_of_measurement": "people",
        "state_class": "measurement",
        "expire_after": EXPIRES_WINDOWS * report.length_s,
        "qos": 1,
        "device": {
            "identifiers": [device],
            "name": f"{report.site} {report.device}",
            "manufacturer": "people-count",
        },
    }


def _known_as(sensor: str) -> str:
    """Return by which name Home Assistant knows a sensor.

    A peak by that of version 1, or its history would end at an upgrade.
    """
    kind, name, number = sensor.split("_")
    return f"{kind}_{name}_{'most' if number == 'peak' else number}"


def _json(value: dict[str, object] | dict[str, int | None]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")
