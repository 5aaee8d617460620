# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.health import LinkClass, disk_class, link_class, outbox_class, temperature_class


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-5000\n", 1),  # a winter's night
        ("59999\n", 1),  # just fine
        ("60000\n", 2),  # warm
        ("79999\n", 2),  # still warm
        ("80000\n", 3),  # hot
        ("", 0),  # a sensor that says nothing
        ("warm\n", 0),  # or no number
        ("\u00b0", 0),  # or no plain text
    ],
)
def test_temperature_is_one_of_four_classes(tmp_path: Path, text: str, expected: int) -> None:
    (tmp_path / "temp").write_text(text, "utf-8")
    assert temperature_class(tmp_path / "temp") == expected


def test_a_machine_without_a_sensor_has_no_temperature(tmp_path: Path) -> None:
    assert temperature_class(tmp_path / "absent") == 0


def test_a_disk_is_classed_by_its_free_share(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    free = disk.f_bavail / disk.f_blocks
    assert disk_class(tmp_path) == (1 if free > 0.20 else 2 if free > 0.05 else 3)


def test_a_disk_that_holds_nothing_is_full() -> None:
    assert disk_class(Path("/proc")) == 3


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"absent: .*the box's store is gone"):
        disk_class(tmp_path / "absent")


@pytest.mark.parametrize(
    ("waiting", "expected"), [(0, 1), (7, 1), (8, 2), (63, 2), (64, 3), (10**6, 3)]
)
def test_the_outbox_is_one_of_three_classes(waiting: int, expected: int) -> None:
    assert outbox_class(waiting) == expected


def test_a_link_nobody_has_heard_of_is_unknown() -> None:
    assert [link_class(found) for found in (None, 99, "connected", 2)] == [
        LinkClass.UNKNOWN,
        LinkClass.UNKNOWN,
        LinkClass.UNKNOWN,
        LinkClass.RECONNECTED,
    ]
