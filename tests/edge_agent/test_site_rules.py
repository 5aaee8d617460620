# SPDX-License-Identifier: Apache-2.0
import math
from pathlib import Path

import pytest

from edge_agent.config import Config, load
from edge_agent.site_rules import HEALTH_BITS, capacity_bits_per_minute, mistakes
from wire_contract.report import Level

BASE = """
site = "test"
device = "box"
[camera]
source = "file"
path = "street.avi"
[[lines]]
id = "door"
a = [0, 100]
b = [200, 100]
[store]
directory = "box"
[keys]
directory = "keys"
"""
ONE = "[[0, 0], [10, 0], [10, 10], [0, 10]]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "box.toml").write_text(BASE)
    return tmp_path


def config(folder: Path, *settings: str) -> Config:
    return load(folder / "box.toml", settings)


def zones(*polygons: str) -> str:
    return "zones=[" + ", ".join(f'{{id = "z{place}", polygon = {one}}}' for place, one in enumerate(polygons)) + "]"


@pytest.mark.parametrize(
    ("settings", "level", "key"),
    [
        ((), Level.STANDARD, None),  # the default, confined
        (("test_site=true",), Level.UNCONFINED, None),  # a test site runs at any level
        ((), Level.UNCONFINED, "test_site"),  # a real site does not
        ((), Level.PROCESS, "test_site"),  # nor at this one
        ((), Level.REDUCED, None),  # at this one it does
        (("disclosure.rule=exact",), Level.STANDARD, "disclosure.rule"),  # exact counts of a real site
        (("disclosure.rule=exact", "test_site=true"), Level.STANDARD, None),  # of a test site
        (("window.clock=replay",), Level.STANDARD, "window.clock"),  # a replay at a real site
        (("window.clock=replay", "test_site=true"), Level.STANDARD, None),  # at a test site
        (("window.clock=replay", "disclosure.rule=exact", "test_site=true"), Level.UNCONFINED, None),  # all of it
        (("window.length_s=2",), Level.STANDARD, "disclosure.capacity_bits_per_minute_max"),  # says too much a minute
        (("window.length_s=2", "disclosure.capacity_bits_per_minute_max=2000"), Level.STANDARD, None),  # with a higher cap
        ((zones(ONE, "[[10, 0], [20, 0], [20, 10], [10, 10]]"),), Level.STANDARD, None),  # zones with a shared edge
        ((zones(ONE, "[[10, 10], [20, 10], [20, 20]]"),), Level.STANDARD, None),  # with a shared corner
        ((zones(ONE, "[[5, 5], [15, 5], [15, 15], [5, 15]]"),), Level.STANDARD, "zones.z0"),  # that overlap
        ((zones(ONE, "[[2, 2], [8, 2], [8, 8], [2, 8]]"),), Level.STANDARD, "zones.z0"),  # one in the other
        ((zones("[[2, 2], [8, 2], [8, 8], [2, 8]]", ONE),), Level.STANDARD, "zones.z0"),  # the same, named the other way
        ((zones(ONE, ONE),), Level.STANDARD, "zones.z0"),  # one twice
    ],
)
def test_what_a_box_may_do_at_its_site(folder: Path, settings: tuple[str, ...], level: Level, key: str | None) -> None:
    found = mistakes(config(folder, *settings), level)
    assert [mistake.split(": ")[0] for mistake in found] == ([] if key is None else [key])


def test_every_pair_of_zones_that_overlap_is_named(folder: Path) -> None:
    found = mistakes(config(folder, zones(ONE, ONE, "[[40, 0], [50, 0], [50, 9]]", ONE)), Level.STANDARD)
    assert [mistake.split(";")[0] for mistake in found] == [
        "zones.z0: overlaps zone z1",
        "zones.z0: overlaps zone z3",
        "zones.z1: overlaps zone z3",
    ]


def test_every_reason_is_told_at_once(folder: Path) -> None:
    found = mistakes(
        config(folder, zones(ONE, ONE), "window.clock=replay", "window.length_s=2", "disclosure.rule=exact"), Level.UNCONFINED
    )
    assert {mistake.split(": ")[0] for mistake in found} >= {
        "zones.z0", "window.clock", "disclosure.capacity_bits_per_minute_max", "test_site",
    }  # fmt: skip


def test_the_capacity_is_what_all_records_and_health_can_say_a_minute(folder: Path) -> None:
    line, eye = math.log2(256 * 256 + 1), math.log2(32 * 4 * 4 * 4 + 1)
    assert capacity_bits_per_minute(config(folder)) == pytest.approx(line + eye + HEALTH_BITS)
    assert capacity_bits_per_minute(config(folder, "window.length_s=10")) == pytest.approx(6 * (line + eye + HEALTH_BITS))


def test_at_the_cap_a_config_passes_and_a_hair_beyond_it_does_not(folder: Path) -> None:
    bits = capacity_bits_per_minute(config(folder))
    for cap, refused in ((bits + 1e-6, False), (bits - 1e-6, True)):
        assert bool(mistakes(config(folder, f"disclosure.capacity_bits_per_minute_max={cap!r}"), Level.STANDARD)) is refused


def test_beyond_the_cap_the_message_says_both_figures_and_what_to_do(folder: Path) -> None:
    (said,) = mistakes(config(folder, "disclosure.capacity_bits_per_minute_max=20"), Level.STANDARD)
    assert "got 20" in said
    assert f"{capacity_bits_per_minute(config(folder)):.1f} bits a minute" in said
    assert "lengthen window.length_s" in said
