# SPDX-License-Identifier: Apache-2.0

import json
from collections import defaultdict
from typing import Any

from fusion_service.config import HomeAssistantConfig
from fusion_service.publish.home_assistant import SENSORS_MAX, HomeAssistant
from tests.fusion_service.box import START_S, Box, line, zone
from wire_contract.quality import QualityCode

NODE = "homeassistant/sensor/pc_beach_pier-1"


class Home:
    """What Home Assistant would hear."""

    def __init__(self, *, devices_max: int = 100) -> None:
        self.connection = 1
        self.heard: defaultdict[str, list[Any]] = defaultdict(list)
        config = HomeAssistantConfig(enabled=True, devices_max=devices_max)
        self.assistant = HomeAssistant(config, self._hear, lambda: self.connection)

    def _hear(self, topic: str, payload: bytes) -> bool:
        if self.connection:
            self.heard[topic].append(json.loads(payload))
        return bool(self.connection)

    @property
    def announced(self) -> list[str]:
        return sorted(topic for topic in self.heard if topic.endswith("/config"))


def test_each_released_number_is_announced_once_and_then_only_its_values_are_sent() -> None:
    home, box = Home(), Box()
    home.assistant.show(box.report(1, start_s=START_S))
    home.assistant.show(box.report(2, start_s=START_S + 60))
    names = ("line_door_in", "line_door_out", "zone_square_mean", "zone_square_peak")
    assert home.announced == [f"{NODE}/{name}/config" for name in (*names[:3], "zone_square_most")]
    assert all(len(home.heard[topic]) == 1 for topic in home.announced)
    peak = home.heard[f"{NODE}/zone_square_most/config"][
        0
    ]  # the name it had before, so that its history goes on
    assert peak["unique_id"] == "pc_beach_pier-1_zone_square_most"
    assert (peak["name"], peak["value_template"]) == (
        "zone square peak",
        "{{ value_json['zone_square_peak'] }}",
    )
    announcement = home.heard[f"{NODE}/line_door_in/config"][0]
    assert announcement["unique_id"] == "pc_beach_pier-1_line_door_in"
    assert announcement["state_topic"] == f"{NODE}/state"
    assert announcement["value_template"] == "{{ value_json['line_door_in'] }}"
    assert announcement["expire_after"] == 180
    values = {"line_door_in": 1, "line_door_out": 2, "zone_square_mean": 10, "zone_square_peak": 12}
    assert home.heard[f"{NODE}/state"] == [
        {"start": START_S, "length": 60, **values},
        {"start": START_S + 60, "length": 60, **values},
    ]


def test_what_was_signed_before_never_takes_the_place_of_what_was_signed_after() -> None:
    home, box = Home(), Box()
    for sequence in (3, 1, 3, 4):
        home.assistant.show(box.report(sequence))
    assert [state["start"] for state in home.heard[f"{NODE}/state"]] == [
        START_S + 180,
        START_S + 240,
    ]


def test_a_clock_that_was_ahead_once_does_not_freeze_what_is_shown() -> None:
    home, box = Home(), Box()
    starts = (START_S + 86_400, START_S, START_S + 60)
    for sequence, start_s in enumerate(starts, 1):
        home.assistant.show(box.report(sequence, start_s=start_s))
    home.assistant.show(
        Box(key=box.key).report(1, start_s=START_S + 120)
    )  # a new ledger begins with 1
    assert [state["start"] for state in home.heard[f"{NODE}/state"]] == [*starts, START_S + 120]


def test_what_was_withheld_or_not_seen_is_null_and_not_zero() -> None:
    home, box = Home(), Box()
    home.assistant.show(box.report(1, start_s=START_S, lines=(line(in_count=None),), zones=()))
    home.assistant.show(box.report(2, start_s=START_S + 60, code=QualityCode.BLOCKED))
    withheld, blind = home.heard[f"{NODE}/state"]
    assert (withheld["line_door_in"], withheld["line_door_out"]) == (None, 2)
    assert {
        blind[name]
        for name in ("line_door_in", "line_door_out", "zone_square_mean", "zone_square_peak")
    } == {None}


def test_a_new_connection_hears_the_announcements_again() -> None:
    home, box = Home(), Box()
    home.assistant.show(box.report(1, start_s=START_S))
    home.connection = 2
    home.assistant.show(box.report(2, start_s=START_S + 60))
    assert {len(home.heard[topic]) for topic in home.announced} == {2}


def test_what_could_not_be_sent_is_sent_with_the_next_window() -> None:
    home, box = Home(), Box()
    home.connection = 0
    home.assistant.show(box.report(1, start_s=START_S))
    home.connection = 2
    home.assistant.show(box.report(2, start_s=START_S + 60))
    assert len(home.announced) == 4
    assert [state["start"] for state in home.heard[f"{NODE}/state"]] == [START_S + 60]


def test_no_more_devices_than_the_bound_are_shown() -> None:
    home = Home(devices_max=2)
    for number in range(5):
        home.assistant.show(Box("beach", f"pier-{number}").report(1))
    assert sorted(topic for topic in home.heard if topic.endswith("/state")) == [
        f"homeassistant/sensor/pc_beach_pier-{number}/state" for number in range(2)
    ]


def test_a_device_that_changes_its_names_for_ever_announces_no_more_than_the_bound() -> None:
    home, box = Home(), Box()
    for number in range(SENSORS_MAX):
        home.assistant.show(
            box.report(1 + number, lines=(line(f"line-{number}"),), zones=(zone(f"z-{number}"),))
        )
    assert len(home.announced) == SENSORS_MAX
