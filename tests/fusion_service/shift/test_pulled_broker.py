# SPDX-License-Identifier: Apache-2.0
"""A broker that is pulled from under fourteen boxes is one alarm at a running centre."""

import time
from pathlib import Path

import pytest

from tests.broker import Broker
from tests.fusion_service.access.people import Browser
from tests.fusion_service.box import Box, zone
from tests.fusion_service.centre import ReadyCentre, until
from tests.fusion_service.wire import Wire

BOXES = tuple(f"box-{number:02}" for number in range(1, 15))
WINDOW_S = 10
SILENT_S = 3 * WINDOW_S + 60
"""Three windows, and a step of a minute at most."""
ZONE = """
[[zones]]
id = "{id}"
polygon = [[{west}, 52.117], [{east}, 52.117], [{east}, 52.1175], [{west}, 52.1175]]

[[devices]]
id = "{id}"
counters = [{{ zone = "square", at_zone = "{id}" }}]
"""


def drawn() -> str:
    zones = (
        ZONE.format(id=name, west=4.27 + 0.001 * number, east=4.271 + 0.001 * number)
        for number, name in enumerate(BOXES)
    )
    return 'id = "beach"\n' + "".join(zones)


@pytest.mark.campaign
def test_a_pulled_broker_is_one_alarm_at_a_running_centre(tmp_path: Path) -> None:
    site = tmp_path / "beach.toml"
    site.write_text(drawn(), "utf-8")
    boxes = [Box("beach", name) for name in BOXES]
    with (
        Broker(tmp_path / "broker") as broker,
        ReadyCentre(tmp_path / "centre", broker.port) as centre,
    ):
        for box in boxes:
            centre.enrol(box)
        centre.draw(site)
        reader = Browser(centre, key=centre.key_header()["Authorization"].split()[1])

        def alarms() -> list[str]:
            said = reader.get("/v1/sites/beach/alarms?state=all").said["alarms"]
            return [one["kind"] for one in said]

        with Wire(broker.port) as wire:
            for number in range(1, 13):
                start_s = int(time.time()) // WINDOW_S * WINDOW_S - WINDOW_S
                for box in boxes:
                    report = box.report(
                        number, start_s=start_s, length_s=WINDOW_S, zones=(zone(mean=3, peak=4),)
                    )
                    wire.send(box.topic(), box.seal(report))
                time.sleep(WINDOW_S)
        assert alarms() == []
        broker.kill()
        until(alarms, "the alarm", 60)
        time.sleep(SILENT_S)
        assert alarms() == ["broker away"]
