# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from edge_agent.confinement.kernel.namespaces import View
from edge_agent.confinement.tables.visible_files import (
    feeder_view,
    gate_view,
    sensor_view,
    software,
    uplink_view,
)

RESTS = Path("/sys/devices/system/cpu/cpu0/cpuidle/state1/usage")
"""How often a processor has rested: by it whoever reads it sees when the sensor works."""
OTHERS = {
    "feeder": feeder_view(credentials=()),
    "gate": gate_view(store="/nowhere", keys=()),
    "uplink": uplink_view(outbox="/nowhere", tls=()),
}


def shows(view: View, path: Path) -> bool:
    return any(path.is_relative_to(shown) for shown in (*view.readable, *view.writable))


@pytest.mark.parametrize("name", OTHERS)
def test_who_sees_no_pictures_sees_no_counter_of_the_processors(name: str) -> None:
    assert not shows(OTHERS[name], RESTS)


def test_the_sensor_sees_them_before_its_lock() -> None:
    assert shows(sensor_view(reads=(), camera_device=None), RESTS)


def test_no_process_of_a_box_sees_the_audit_or_what_measures_it() -> None:
    root = Path(__file__).parents[4]
    for folder in ("privacy_audit", "development", "tests"):
        assert not any((root / folder).is_relative_to(shown) for shown in software())
