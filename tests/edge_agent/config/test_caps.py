# SPDX-License-Identifier: Apache-2.0
"""How many people a window can hold, by metres."""

import random
from pathlib import Path

import pytest

from edge_agent.config.caps import (
    COUNT_MAX_DEFAULT,
    COUNT_MAX_LARGEST,
    Basis,
    area_m2,
    cap_of,
    ground_of_heights,
    length_m,
    readable,
    room,
)
from edge_agent.config.geometry import to_seen_ground
from edge_agent.config.schema import Config, load
from edge_agent.vision.person_height import PERSON_M, of_two_people
from privacy_audit.oracles import caps
from wire_contract.messages.report import Rule, RuleName

CONFIG = """
site = "beach"
device = "pier-1"
test_site = true
[camera]
source = "file"
path = "a.avi"
[view]
frame_width_px = 1280
frame_height_px = 720
[[lines]]
id = "line"
a = [100, 400]
b = [600, 400]
[[zones]]
id = "zone"
polygon = [[100, 400], [600, 400], [600, 600], [100, 600]]
[store]
directory = "box"
[keys]
directory = "keys"
"""
FROM_ABOVE = (
    "ground_plane={pixels = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]], metres = [[0, 0], [20, "
    "0], [20, 20], [0, 20]]}"
)
"""A metre is fifty pixels, both ways."""
HEIGHTS = "person_heights=[{row_px = 300, height_px = 85}, {row_px = 600, height_px = 255}]"
"""The horizon lies at row 150; at row 400 a person is 141.7 pixels tall, so that 500 pixels are 6
m."""
EXACT, LAPLACE = Rule(RuleName.EXACT, ()), Rule(RuleName.DISCRETE_LAPLACE, (1000,))


def config(folder: Path, *settings: str) -> Config:
    path = folder / "box.toml"
    path.write_text(CONFIG)
    return load(path, settings)


def test_a_cap_is_the_physical_maximum_of_the_metres_and_the_window_and_room_for_the_noise(
    tmp_path: Path,
) -> None:
    known = config(tmp_path, FROM_ABOVE)
    [line], [zone] = known.line_caps(), known.zone_caps()
    assert (line.size, zone.size) == (pytest.approx(10.0), pytest.approx(40.0))
    assert (line.physical, zone.physical) == (840, 240)  # 10 m x 1.4 x 60 s; 40 m2 x 6
    assert (line.count_max, zone.count_max) == (
        860,
        260,
    )  # and 14 for the noise at epsilon 1, to two figures
    assert known.record_schema().lines == (860,)
    assert config(tmp_path, FROM_ABOVE, "disclosure.rule=exact").record_schema().lines == (840,)
    assert config(tmp_path, FROM_ABOVE, "disclosure.epsilon=0.05").record_schema().zones == (520,)
    shorter = config(tmp_path, FROM_ABOVE, "window.length_s=10")
    assert (shorter.line_caps()[0].physical, shorter.zone_caps()[0].physical) == (140, 240)


def test_ten_metres_are_not_cut_at_a_level_of_service_that_a_boulevard_reaches(
    tmp_path: Path,
) -> None:
    """255 a minute were .43 people a metre and second: Fruin's level B.

    The densest that still walks is his level E, 1.37.
    """
    assert config(tmp_path, FROM_ABOVE).record_schema().lines[0] >= 10.0 * 1.37 * 60.0


def test_without_a_ground_plane_two_people_tell_the_metres(tmp_path: Path) -> None:
    known = config(tmp_path, HEIGHTS)
    [line], [zone] = known.line_caps(), known.zone_caps()
    assert (line.basis, line.size) == (Basis.PERSON_HEIGHTS, pytest.approx(6.0))
    # From row 400 to row 600 the ground comes from 15.36 m to 8.53 m, and 500 pixels are 6 m and
    # 3.33 m wide.
    assert zone.size == pytest.approx((15.36 - 8.533) * (6.0 + 3.333) / 2.0, rel=1e-3)
    assert (line.physical, zone.physical) == (504, 192)
    assert config(tmp_path, FROM_ABOVE, HEIGHTS).line_caps()[0].basis is Basis.GROUND_PLANE


def test_a_persons_height_is_what_the_vision_takes_it_to_be() -> None:
    ground, heights = (
        ground_of_heights((300, 85), (600, 255), width_px=1280),
        of_two_people((300, 85), (600, 255)),
    )
    for row in (151.0, 200.0, 400.0, 719.0):
        assert length_m((100, row), (100 + heights(0, row), row), ground) == pytest.approx(PERSON_M)
    assert ground((640, 150)) is None  # the horizon
    assert ground((640, 10)) is None


@pytest.mark.parametrize(
    "settings", [(), (FROM_ABOVE.replace("[0, 0], [1000, 0]", "[450, 0], [550, 0]"),)]
)
def test_where_nobody_knows_the_metres_the_default_holds(
    tmp_path: Path, settings: tuple[str, ...]
) -> None:
    known = config(
        tmp_path, *settings, 'lines=[{id = "line", a = [100, 400], b = [600, -250]}]', "view=none"
    )
    [line] = known.line_caps()
    assert (line.physical, line.size, line.count_max, line.is_low) == (
        None,
        None,
        COUNT_MAX_DEFAULT,
        False,
    )


def test_behind_the_horizon_there_is_no_ground() -> None:
    pixels = ((450.0, 200.0), (550.0, 200.0), (1000.0, 700.0), (0.0, 700.0))
    ground = to_seen_ground(pixels, ((0, 40), (10, 40), (10, 0), (0, 0)))
    assert ground((0, 700)) == pytest.approx((0, 0))
    assert area_m2(((450, 200), (550, 200), (550, 100)), ground) is None
    assert area_m2(((450, 200), (550, 200), (500, 300)), ground) is not None


def test_a_config_keeps_its_own_cap_and_is_told_where_it_is_low(tmp_path: Path) -> None:
    line = 'lines=[{id = "line", a = [100, 400], b = [600, 400], count_max = %d}]'
    low, high = (
        config(tmp_path, FROM_ABOVE, line % count_max).line_caps()[0] for count_max in (255, 840)
    )
    assert (low.count_max, low.is_low, low.physical) == (255, True, 840)
    assert (high.count_max, high.is_low) == (840, False)
    assert not config(tmp_path, line % 3).line_caps()[0].is_low  # nobody knows


@pytest.mark.parametrize(
    ("size", "configured", "count_max", "is_cut"),
    [
        (10_000.0, None, 60_000, False),
        (10_550.0, None, 64_000, False),  # 63,300, to two figures
        (11_000.0, None, COUNT_MAX_LARGEST, True),  # 66,000
        (11_000.0, COUNT_MAX_LARGEST, COUNT_MAX_LARGEST, False),
    ],
)
def test_a_record_holds_sixteen_bits(
    size: float,
    configured: int | None,
    count_max: int,
    is_cut: bool,  # noqa: FBT001 - a column of the table
) -> None:
    cap = cap_of(size, 6.0, Basis.GROUND_PLANE, rule=EXACT, configured=configured)
    assert (cap.count_max, cap.is_cut) == (count_max, is_cut)


@pytest.mark.parametrize(
    ("rule", "lift"),
    [
        (LAPLACE, 14),  # exp(-14) is under one in a million
        (Rule(RuleName.DISCRETE_LAPLACE, (50,)), 277),
        (Rule(RuleName.RANDOM_ROUNDING, (5,)), 4),
        (Rule(RuleName.SUPPRESS_BELOW, (10,)), 0),
        (Rule(RuleName.BUCKETS, (0, 5)), 0),
        (EXACT, 0),
    ],
)
def test_the_room_is_what_a_rule_may_add(rule: Rule, lift: int) -> None:
    assert room(rule) == lift


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(1, 1), (99, 99), (100, 100), (101, 110), (854, 860), (999, 1000), (12_345, 13_000)],
)
def test_a_cap_is_rounded_up_to_two_figures(number: int, rounded: int) -> None:
    assert readable(number) == rounded


def drawn(rng: random.Random) -> tuple[str, ...]:
    """Draw a scene: its line and zone, what tells their metres, the window and the rule."""
    points = [(rng.uniform(0.0, 1280.0), rng.uniform(0.0, 720.0)) for _ in range(5)]
    corners = sorted(points[2:])
    far = rng.uniform(10.0, 60.0)
    plane = (
        f"pixels = [[450, 250], [900, 250], [1200, 700], [10, 700]], metres = [[0, {far}], [10, "
        "40], [10, 0], [0, 0]]"
    )
    upper, lower = (
        (rng.uniform(50.0, 300.0), rng.uniform(10.0, 60.0)),
        (600.0, rng.uniform(70.0, 300.0)),
    )
    people = ", ".join(f"{{row_px = {row}, height_px = {tall}}}" for row, tall in (upper, lower))
    told = rng.choice(("mask=", f"ground_plane={{{plane}}}", f"person_heights=[{people}]"))
    return (
        f'lines=[{{id = "line", a = {list(points[0])}, b = {list(points[1])}}}]',
        f'zones=[{{id = "zone", polygon = {[list(each) for each in corners]}}}]',
        *((told,) if told != "mask=" else ()),
        *(("view=none",) if rng.random() < 0.5 else ()),
        f"window.length_s={rng.choice((10, 60, 900))}",
        f"disclosure.rule={rng.choice(tuple(RuleName))}",
        f"disclosure.epsilon={rng.choice((0.05, 1.0, 3.0))}",
    )


def test_the_audit_comes_to_the_same_caps_in_its_own_words(tmp_path: Path) -> None:
    rng, bases = random.Random(3), set()
    for _ in range(200):
        known = config(tmp_path, *drawn(rng))
        assert known.record_schema().lines == caps.line_count_maxima(known)
        assert known.record_schema().zones == caps.zone_count_maxima(known)
        bases |= {(cap.basis, cap.size is None) for cap in known.zone_caps()}
    assert len(bases) >= 4
